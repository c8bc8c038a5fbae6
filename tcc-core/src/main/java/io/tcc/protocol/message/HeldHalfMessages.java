package io.tcc.protocol.message;

import io.tcc.log.HalfMessageLog;
import io.tcc.participant.BranchHandler;
import io.tcc.transaction.Branch;
import io.tcc.transaction.BranchState;
import io.tcc.transaction.Outcome;
import io.tcc.transaction.Protocol;
import io.tcc.transaction.Xid;
import java.time.Clock;

/** Completes messages that a global transaction holds: due at commit, taken away at abort. */
final class HeldHalfMessages implements BranchHandler {

  /** Not a name that a bean has. */
  static final String PARTICIPANT = "@TransactionalMessage";

  private static final Protocol PROTOCOL =
      new Protocol(
          "MESSAGE",
          BranchState.PREPARING,
          BranchState.HELD,
          BranchState.RELEASED,
          BranchState.FORGOTTEN);

  private final HalfMessageLog messages;
  private final Clock clock;

  HeldHalfMessages(HalfMessageLog messages, Clock clock) {
    this.messages = messages;
    this.clock = clock;
  }

  /** What a branch has to know of its message, as JSON. */
  static String arguments(Xid message) {
    return "\"" + message + "\"";
  }

  @Override
  public String participant() {
    return PARTICIPANT;
  }

  @Override
  public Protocol protocol() {
    return PROTOCOL;
  }

  @Override
  public boolean effectsElsewhere() {
    return false;
  }

  @Override
  public void complete(Branch branch, Outcome outcome) {
    Xid message = new Xid(branch.arguments().replace("\"", ""));
    boolean held =
        outcome == Outcome.COMMIT
            ? messages.release(message, clock.instant())
            : messages.forget(message);
    if (!held) {
      throw new IllegalStateException(
          "Message " + message + " of branch " + branch.id() + " is not held any more");
    }
  }
}
