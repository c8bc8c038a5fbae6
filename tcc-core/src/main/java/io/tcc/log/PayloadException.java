package io.tcc.log;

import org.jspecify.annotations.Nullable;

/** A value cannot be stored and read back; the message names it and says what to change. */
public class PayloadException extends RuntimeException {

  private static final long serialVersionUID = 1L;

  public PayloadException(String message, @Nullable Throwable cause) {
    super(message, cause);
  }
}
