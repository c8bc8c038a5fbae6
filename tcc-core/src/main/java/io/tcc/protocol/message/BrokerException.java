package io.tcc.protocol.message;

import org.jspecify.annotations.Nullable;

/** The broker did not acknowledge a message. */
public class BrokerException extends RuntimeException {

  private static final long serialVersionUID = 1L;

  public BrokerException(String message, @Nullable Throwable cause) {
    super(message, cause);
  }
}
