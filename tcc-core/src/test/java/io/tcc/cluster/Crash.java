package io.tcc.cluster;

import io.tcc.testing.Commit;
import java.sql.SQLException;
import java.sql.SQLNonTransientConnectionException;
import java.util.ArrayList;
import java.util.List;

/**
 * One thing that goes wrong at one step of a story. Steps are counted over all nodes: each durable
 * commit, each message that is about to leave, each answer that is about to leave.
 */
final class Crash implements Network.Wire {

  /** What goes wrong. */
  enum Fault {
    NONE,
    /** The node dies before its commit. */
    BEFORE_COMMIT,
    /** The node dies after its commit. */
    AFTER_COMMIT,
    /** The commit is durable, but the database's answer is lost. */
    COMMIT_ANSWER_LOST,
    SENDER_DIES,
    RECEIVER_DIES,
    MESSAGE_LOST
  }

  /** Thrown where a node dies, through everything that it still has on its stack. */
  static final class Death extends Error {
    private static final long serialVersionUID = 1L;
    private final transient Node victim;

    Death(Node victim, String where) {
      super(victim.service() + " dies: " + where);
      this.victim = victim;
    }

    Node victim() {
      return victim;
    }
  }

  private final int at;
  private final Fault fault;
  private final List<String> steps = new ArrayList<>();
  private final List<List<Fault>> possible = new ArrayList<>();
  private boolean happened;
  private boolean atCommit;

  Crash(int at, Fault fault) {
    this.at = at;
    this.fault = fault;
  }

  /** Nothing goes wrong; tells afterwards what could. */
  static Crash none() {
    return new Crash(-1, Fault.NONE);
  }

  /** Everything that can go wrong once in a story that took the steps seen by this one. */
  List<Crash> each() {
    List<Crash> all = new ArrayList<>();
    for (int i = 0; i < possible.size(); i++) {
      for (Fault each : possible.get(i)) {
        all.add(new Crash(i, each));
      }
    }
    return all;
  }

  /** The same fault at the same step, for another run. */
  Crash again() {
    return new Crash(at, fault);
  }

  List<String> steps() {
    return steps;
  }

  boolean hasHappened() {
    return happened;
  }

  /** Whether it is nothing but a message that is lost. */
  boolean losesAMessage() {
    return fault == Fault.MESSAGE_LOST;
  }

  private boolean reached(String what, Fault... faults) {
    steps.add(what);
    possible.add(List.of(faults));
    return steps.size() - 1 == at;
  }

  @Override
  public void pass(String what, Node from, Node to) {
    if (from.isDead()) {
      throw new Death(from, "was dead already");
    }
    if (!reached(
        from.service() + " → " + to.service() + ": " + what,
        Fault.SENDER_DIES,
        Fault.RECEIVER_DIES,
        Fault.MESSAGE_LOST)) {
      return;
    }
    happened = true;
    switch (fault) {
      case SENDER_DIES -> kill(from, what);
      case RECEIVER_DIES -> kill(to, what);
      default -> throw new Network.BrokenConnectionException(what + " was lost");
    }
  }

  private static void kill(Node node, String where) {
    node.die();
    throw new Death(node, where);
  }

  void beforeCommit(Node node, Commit commit) {
    atCommit =
        reached(
            node.service() + " commits " + String.join("; ", commit.statements()),
            Fault.BEFORE_COMMIT,
            Fault.AFTER_COMMIT,
            Fault.COMMIT_ANSWER_LOST);
    if (atCommit && fault == Fault.BEFORE_COMMIT) {
      happened = true;
      kill(node, "before commit");
    }
  }

  void afterCommit(Node node, Commit commit) throws SQLException {
    if (!atCommit) {
      return;
    }
    atCommit = false;
    happened = true;
    if (fault == Fault.AFTER_COMMIT) {
      kill(node, "after commit");
    }
    throw new SQLNonTransientConnectionException("answer lost (simulated)", "08006");
  }

  @Override
  public String toString() {
    return fault == Fault.NONE
        ? "no fault"
        : fault + " at " + (at < steps.size() ? steps.get(at) : "step " + at);
  }
}
