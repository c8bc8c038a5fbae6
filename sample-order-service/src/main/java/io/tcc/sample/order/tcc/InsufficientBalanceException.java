package io.tcc.sample.order.tcc;

import java.math.BigDecimal;
import org.springframework.http.HttpStatus;
import org.springframework.web.bind.annotation.ResponseStatus;

/** A customer has less than a purchase costs. */
@ResponseStatus(HttpStatus.CONFLICT)
public class InsufficientBalanceException extends RuntimeException {

  private static final long serialVersionUID = 1L;

  InsufficientBalanceException(String customer, BigDecimal amount) {
    super(customer + " has less than " + amount);
  }
}
