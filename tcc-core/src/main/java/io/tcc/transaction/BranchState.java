package io.tcc.transaction;

/**
 * Where a branch stands. {@code TRYING → TRIED → CONFIRMED | CANCELLED}; a call's fence, ordinal 0,
 * goes {@code OPEN → CONFIRMED | CANCELLED}. Terminal states never change.
 */
public enum BranchState {
  /** The fence of a call that may still record branches. */
  OPEN,
  /** Intent recorded, effect under way ({@code Recording.BEFORE} only). */
  TRYING,
  /** The work is done and waits for the outcome. */
  TRIED,
  CONFIRMED,
  CANCELLED;

  public boolean isTerminal() {
    return this == CONFIRMED || this == CANCELLED;
  }
}
