package io.tcc.transaction;

/**
 * Ordinal 0 of a call: the row on which all work and every completion of the call serialize.
 *
 * @param path the call
 * @param site under which it was recorded
 * @param nonce of the execution that owns the call; empty in a tombstone
 * @param state {@code OPEN}, {@code COMMITTED} or {@code ABORTED}
 */
public record Fence(CallPath path, Site site, String nonce, BranchState state) {

  /** The state of the fence of a call that has reached an outcome. */
  public static BranchState closed(Outcome outcome) {
    return switch (outcome) {
      case COMMIT -> BranchState.COMMITTED;
      case ABORT -> BranchState.ABORTED;
      case PRE_COMMIT -> throw new IllegalArgumentException(outcome + " completes nothing");
    };
  }
}
