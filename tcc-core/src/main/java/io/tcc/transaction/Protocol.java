package io.tcc.transaction;

import io.tcc.transaction.BranchState.Position;

/**
 * A protocol's name, and its words for the positions of a branch.
 *
 * @param name as branch rows carry it, at most 12 characters
 * @param working intent recorded, effect outside the database under way
 * @param waiting the work is done and waits for the outcome
 * @param committed completed with COMMIT
 * @param aborted completed with ABORT
 */
public record Protocol(
    String name,
    BranchState working,
    BranchState waiting,
    BranchState committed,
    BranchState aborted) {

  private static final int MAX_NAME = 12;

  public Protocol {
    if (name.isBlank() || name.length() > MAX_NAME) {
      throw new IllegalArgumentException("A protocol's name has 1 to 12 characters: " + name);
    }
    require(working, Position.WORKING);
    require(waiting, Position.WAITING);
    require(committed, Position.COMMITTED);
    require(aborted, Position.ABORTED);
  }

  /** The state of a branch that has reached an outcome. */
  public BranchState completed(Outcome outcome) {
    return switch (outcome) {
      case COMMIT -> committed;
      case ABORT -> aborted;
      case PRE_COMMIT -> throw new IllegalArgumentException(outcome + " completes nothing");
    };
  }

  private static void require(BranchState state, Position position) {
    if (state.position() != position) {
      throw new IllegalArgumentException(state + " is no state of position " + position);
    }
  }
}
