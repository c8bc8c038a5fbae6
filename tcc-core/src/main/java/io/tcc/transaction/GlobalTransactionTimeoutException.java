package io.tcc.transaction;

import org.jspecify.annotations.Nullable;

/** The transaction is aborted because its work phase took longer than its timeout. */
public class GlobalTransactionTimeoutException extends GlobalTransactionAbortedException {

  private static final long serialVersionUID = 1L;

  public GlobalTransactionTimeoutException(Xid xid, String message, @Nullable Throwable cause) {
    super(xid, message, cause);
  }
}
