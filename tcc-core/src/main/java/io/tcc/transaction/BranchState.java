package io.tcc.transaction;

/**
 * Where a branch stands, in the words of its protocol. Every protocol has the same positions; see
 * {@link Protocol} for the words it uses. Terminal states never change.
 *
 * <ul>
 *   <li>TCC: {@code TRYING → TRIED → CONFIRMED | CANCELLED}
 *   <li>2PC: {@code PREPARING → PREPARED → COMMITTED | ROLLED_BACK}
 *   <li>3PC: {@code CHECKING → READY → PRE_COMMITTED → COMMITTED | ABORTED}
 *   <li>a message that is stored inside a global transaction: {@code HELD → RELEASED | FORGOTTEN}
 *   <li>the fence of a call, ordinal 0: {@code OPEN → COMMITTED | ABORTED}
 * </ul>
 */
public enum BranchState {
  /** The fence of a call that may still record branches. */
  OPEN(Position.FENCE, "open"),
  /** TCC: intent recorded, effect under way. */
  TRYING(Position.WORKING, "begun"),
  /** TCC: reserved. */
  TRIED(Position.WAITING, "reserved"),
  /** TCC, committed. */
  CONFIRMED(Position.COMMITTED, "confirmed"),
  /** TCC, aborted. */
  CANCELLED(Position.ABORTED, "cancelled"),
  /** 2PC: intent recorded, effect under way. */
  PREPARING(Position.WORKING, "begun"),
  /** 2PC: executed, and voted yes. */
  PREPARED(Position.WAITING, "prepared"),
  /** 3PC: intent recorded, effect under way. */
  CHECKING(Position.WORKING, "begun"),
  /** 3PC: voted yes. */
  READY(Position.WAITING, "ready"),
  /** 3PC: knows that everybody voted yes. */
  PRE_COMMITTED(Position.WAITING, "pre-committed"),
  /** A message that waits for the outcome. */
  HELD(Position.WAITING, "held"),
  /** A message that may leave. */
  RELEASED(Position.COMMITTED, "released"),
  /** A message that never leaves. */
  FORGOTTEN(Position.ABORTED, "forgotten"),
  /** 2PC, 3PC and fences. */
  COMMITTED(Position.COMMITTED, "committed"),
  /** 2PC, aborted. */
  ROLLED_BACK(Position.ABORTED, "rolled back"),
  /** 3PC and fences. */
  ABORTED(Position.ABORTED, "aborted");

  /** What a state means, whatever the protocol. */
  public enum Position {
    /** No branch: a call that may still record some. */
    FENCE,
    /** Intent recorded, effect outside the database under way ({@code Recording.BEFORE} only). */
    WORKING,
    /** The work is done and waits for the outcome. */
    WAITING,
    /** Completed with COMMIT. */
    COMMITTED,
    /** Completed with ABORT. */
    ABORTED
  }

  private final Position position;
  private final String words;

  BranchState(Position position, String words) {
    this.position = position;
    this.words = words;
  }

  public Position position() {
    return position;
  }

  /** Whether it is the end. */
  public boolean isTerminal() {
    return position == Position.COMMITTED || position == Position.ABORTED;
  }

  /** Whether it is the state of a branch without an outcome. */
  public boolean isUndecided() {
    return position == Position.WORKING || position == Position.WAITING;
  }

  /** For people, such as {@code rolled back}. */
  public String inWords() {
    return words;
  }
}
