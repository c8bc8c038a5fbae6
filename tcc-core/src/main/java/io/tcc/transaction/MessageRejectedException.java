package io.tcc.transaction;

/**
 * A listener refuses a message for a reason of its business: the message becomes the reason that
 * the sender sees, at most 500 characters of it. The message does not come again.
 */
public class MessageRejectedException extends RuntimeException {

  private static final long serialVersionUID = 1L;

  public MessageRejectedException(String reason) {
    super(reason);
  }
}
