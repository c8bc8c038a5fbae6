package io.tcc.sample.inventory.databases;

import org.springframework.http.HttpStatus;
import org.springframework.web.bind.annotation.ResponseStatus;

/** Fewer goods are on the shelf than were asked for. */
@ResponseStatus(HttpStatus.CONFLICT)
public class EmptyShelfException extends RuntimeException {

  private static final long serialVersionUID = 1L;

  EmptyShelfException(String item, int quantity) {
    super("There are fewer than " + quantity + " of " + item);
  }
}
