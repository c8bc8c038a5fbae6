package io.tcc.transaction;

/** How a global transaction ends, for all of its branches. */
public enum Outcome {
  COMMIT,
  ABORT;

  /** The state of a branch that has reached this outcome. */
  public BranchState completed() {
    return this == COMMIT ? BranchState.CONFIRMED : BranchState.CANCELLED;
  }
}
