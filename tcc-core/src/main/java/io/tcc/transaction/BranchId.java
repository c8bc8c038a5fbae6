package io.tcc.transaction;

/**
 * Key of a branch: stable over every repetition, so it serves as idempotency key for effects
 * outside the database.
 *
 * @param xid the transaction
 * @param path the call during which the branch was recorded
 * @param ordinal counted from 1 within the call; 0 is the call's fence
 */
public record BranchId(Xid xid, CallPath path, int ordinal) {

  public BranchId {
    if (ordinal < 0) {
      throw new IllegalArgumentException("A branch's ordinal is not negative: " + ordinal);
    }
  }

  /** {@code xid/path/ordinal}. */
  @Override
  public String toString() {
    return xid + "/" + path + "/" + ordinal;
  }
}
