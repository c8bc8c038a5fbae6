package io.tcc.sample.inventory.stock;

import org.springframework.http.HttpStatus;
import org.springframework.web.bind.annotation.ResponseStatus;

/** Fewer goods are available than were asked for. */
@ResponseStatus(HttpStatus.CONFLICT)
public class OutOfStockException extends RuntimeException {

  private static final long serialVersionUID = 1L;

  public OutOfStockException(String item, int quantity) {
    super("There are fewer than " + quantity + " of " + item);
  }
}
