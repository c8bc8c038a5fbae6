package io.tcc.transaction;

import org.jspecify.annotations.Nullable;

/** Something about a global transaction; the subclasses say what the caller may rely on. */
public abstract class GlobalTransactionException extends RuntimeException {

  private static final long serialVersionUID = 1L;

  private final @Nullable Xid xid;

  GlobalTransactionException(@Nullable Xid xid, String message, @Nullable Throwable cause) {
    super(message, cause);
    this.xid = xid;
  }

  /** The transaction, or null where there is none. */
  public @Nullable Xid xid() {
    return xid;
  }
}
