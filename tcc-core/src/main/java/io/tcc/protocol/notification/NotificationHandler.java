package io.tcc.protocol.notification;

import io.tcc.log.PayloadCodec;
import io.tcc.participant.BranchHandler;
import io.tcc.transaction.Branch;
import io.tcc.transaction.BranchState;
import io.tcc.transaction.Outcome;
import io.tcc.transaction.Protocol;

/**
 * A notification that is held as a branch of a global transaction: the branch row carries what is
 * told. A commit stores it, in the local transaction that confirms the branch; an abort forgets it.
 */
final class NotificationHandler implements BranchHandler {

  private static final Protocol PROTOCOL =
      new Protocol(
          "NOTIFY",
          BranchState.TRYING,
          BranchState.TRIED,
          BranchState.CONFIRMED,
          BranchState.CANCELLED);

  private static final String NAMES = "notification:";

  private final String target;
  private final Sender sender;
  private final PayloadCodec codec;

  NotificationHandler(String target, Sender sender, PayloadCodec codec) {
    this.target = target;
    this.sender = sender;
    this.codec = codec;
  }

  @Override
  public String participant() {
    return NAMES + target;
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
    if (outcome == Outcome.COMMIT) {
      String body = branch.arguments();
      sender.store(target, Told.subject(body, codec), body);
    }
  }
}
