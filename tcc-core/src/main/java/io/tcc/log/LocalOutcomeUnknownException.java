package io.tcc.log;

/**
 * A commit or rollback did not answer, or a statement that commits by itself failed: whether the
 * local transaction is durable is not known, and what the transaction manager reports is no
 * evidence. Look at the rows, in a new local transaction.
 */
public class LocalOutcomeUnknownException extends RuntimeException {

  private static final long serialVersionUID = 1L;

  public LocalOutcomeUnknownException(String message, Throwable cause) {
    super(message, cause);
  }
}
