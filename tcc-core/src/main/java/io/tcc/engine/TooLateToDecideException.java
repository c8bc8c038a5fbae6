package io.tcc.engine;

import io.tcc.transaction.GlobalTransaction;

/**
 * A decision was not inserted, and none is there: the transaction began longer ago than decisions
 * are kept, or its log has been given another identity. Whether it was decided before is not known.
 */
final class TooLateToDecideException extends RuntimeException {

  private static final long serialVersionUID = 1L;

  TooLateToDecideException(GlobalTransaction transaction) {
    super(
        transaction.xid()
            + " was begun at "
            + transaction.begun()
            + ", longer ago than decisions are kept, or the identity of its log was retired since:"
            + " whether it was decided is not known here any more");
  }
}
