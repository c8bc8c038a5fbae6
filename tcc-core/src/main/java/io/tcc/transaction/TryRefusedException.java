package io.tcc.transaction;

import org.jspecify.annotations.Nullable;

/**
 * A Try was refused before, or rolled back without, any effect: its call is cancelled, was executed
 * before, is past its deadline, or its transaction is already being decided.
 */
public class TryRefusedException extends GlobalTransactionException {

  private static final long serialVersionUID = 1L;

  public TryRefusedException(Xid xid, String message, @Nullable Throwable cause) {
    super(xid, message, cause);
  }
}
