package io.tcc.transaction;

import org.jspecify.annotations.Nullable;

/**
 * The transaction is aborted: no branch of it will ever be confirmed. It may be tried again as a
 * new one.
 */
public class GlobalTransactionAbortedException extends GlobalTransactionException {

  private static final long serialVersionUID = 1L;

  public GlobalTransactionAbortedException(Xid xid, String message, @Nullable Throwable cause) {
    super(xid, message, cause);
  }
}
