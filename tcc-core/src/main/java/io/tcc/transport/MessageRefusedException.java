package io.tcc.transport;

/** A message of another service must not be acted upon. */
public final class MessageRefusedException extends Exception {

  private static final long serialVersionUID = 1L;

  private final Refusal reason;

  public MessageRefusedException(Refusal reason, String message) {
    super(message);
    this.reason = reason;
  }

  public Refusal reason() {
    return reason;
  }
}
