package io.tcc.participant;

import io.tcc.transaction.Branch;
import io.tcc.transaction.Outcome;
import io.tcc.transaction.Protocol;

/** What a protocol does with a branch of one participant once the outcome is known. */
public interface BranchHandler {

  /** The participant's name, as branch rows carry it. */
  String participant();

  /** The protocol that its branches follow. */
  Protocol protocol();

  /**
   * Whether completion has effects outside the database that holds the log. Such a branch is
   * completed in a local transaction of its own, at least once; others together with their
   * siblings, once.
   */
  boolean effectsElsewhere();

  /** Whether its branches need rounds between the work and the decision. */
  default boolean takesRounds() {
    return false;
  }

  /** Hears that a branch was recorded, in the same local transaction, before its work begins. */
  default void recorded(Branch branch) {}

  /**
   * Completes a branch. Runs in the local transaction that also changes the branch row, with the
   * row's fence locked.
   *
   * @throws Exception to have the local transaction rolled back and the branch completed later
   */
  void complete(Branch branch, Outcome outcome) throws Exception;
}
