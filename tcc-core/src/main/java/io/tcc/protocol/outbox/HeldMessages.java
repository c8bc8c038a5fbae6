package io.tcc.protocol.outbox;

import io.tcc.log.LocalTransactions;
import io.tcc.log.MessageLog;
import io.tcc.participant.BranchHandler;
import io.tcc.transaction.Branch;
import io.tcc.transaction.BranchState;
import io.tcc.transaction.Outcome;
import io.tcc.transaction.Protocol;
import java.time.Clock;
import java.time.Instant;
import java.util.List;

/** Completes held messages: due at commit, taken away at abort. */
final class HeldMessages implements BranchHandler {

  /** Not a name that a bean has. */
  static final String PARTICIPANT = "@Outbox";

  private static final Protocol PROTOCOL =
      new Protocol(
          "OUTBOX",
          BranchState.PREPARING,
          BranchState.HELD,
          BranchState.RELEASED,
          BranchState.FORGOTTEN);

  /** Between the messages of one branch: those that are the same to several receivers. */
  private static final String SEPARATOR = ",";

  private final MessageLog messages;
  private final LocalTransactions local;
  private final Clock clock;
  private final Runnable wake;

  /**
   * @param wake tells the relay that there is something to send
   */
  HeldMessages(MessageLog messages, LocalTransactions local, Clock clock, Runnable wake) {
    this.messages = messages;
    this.local = local;
    this.clock = clock;
    this.wake = wake;
  }

  /** What a branch has to know of its messages, as JSON. */
  static String arguments(List<String> messages) {
    return "\"" + String.join(SEPARATOR, messages) + "\"";
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
    Instant now = clock.instant();
    for (String message : branch.arguments().replace("\"", "").split(SEPARATOR, -1)) {
      boolean held =
          outcome == Outcome.COMMIT ? messages.release(message, now) : messages.forget(message);
      if (!held) {
        throw new IllegalStateException(
            "Message " + message + " of branch " + branch.id() + " is not held any more");
      }
    }
    if (outcome == Outcome.COMMIT) {
      local.whenEnded(wake);
    }
  }
}
