package io.tcc.transaction;

import org.jspecify.annotations.Nullable;

/**
 * A branch's work was refused before, or rolled back without, any effect: its call is cancelled,
 * was executed before, is past its deadline, or its transaction is already being decided.
 */
public class WorkRefusedException extends GlobalTransactionException {

  private static final long serialVersionUID = 1L;

  public WorkRefusedException(Xid xid, String message, @Nullable Throwable cause) {
    super(xid, message, cause);
  }
}
