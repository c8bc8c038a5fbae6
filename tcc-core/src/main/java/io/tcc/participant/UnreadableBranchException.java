package io.tcc.participant;

/** Rows of branches cannot be read; the local transaction has to be rolled back. */
final class UnreadableBranchException extends RuntimeException {

  private static final long serialVersionUID = 1L;

  UnreadableBranchException(String message) {
    super(message);
  }
}
