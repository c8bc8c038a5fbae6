package io.tcc.transaction;

import org.jspecify.annotations.Nullable;

/**
 * The library was used in a way that cannot be made safe; the message says what to change. Nothing
 * was done.
 */
public class TransactionUsageException extends GlobalTransactionException {

  private static final long serialVersionUID = 1L;

  public TransactionUsageException(@Nullable Xid xid, String message, @Nullable Throwable cause) {
    super(xid, message, cause);
  }
}
