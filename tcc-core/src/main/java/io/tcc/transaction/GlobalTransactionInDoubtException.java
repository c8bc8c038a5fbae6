package io.tcc.transaction;

import org.jspecify.annotations.Nullable;

/**
 * The outcome is not known yet: the log's database did not answer at the decision, or 3PC is not
 * settled. It is settled by recovery, one way for all branches; repeating the call could do the
 * work twice. Look the xid up in {@code tcc_decision}, the id of a transactional message in {@code
 * tcc_half_message}.
 */
public class GlobalTransactionInDoubtException extends GlobalTransactionException {

  private static final long serialVersionUID = 1L;

  public GlobalTransactionInDoubtException(Xid xid, String message, @Nullable Throwable cause) {
    super(xid, message, cause);
  }
}
