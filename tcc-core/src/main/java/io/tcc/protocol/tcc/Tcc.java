package io.tcc.protocol.tcc;

import io.tcc.context.Frame;
import io.tcc.participant.BranchHandlers;
import io.tcc.participant.BranchWork;
import io.tcc.participant.MethodCalls;
import io.tcc.participant.MethodHandler;
import io.tcc.participant.MethodParticipant;
import io.tcc.participant.MethodProtocol;
import io.tcc.transaction.BranchState;
import io.tcc.transaction.Protocol;
import io.tcc.transaction.Work;
import org.jspecify.annotations.Nullable;

/**
 * Try, Confirm, Cancel. Try is a branch's work; Confirm completes it with COMMIT, Cancel with
 * ABORT. Source: Pat Helland, "Life beyond Distributed Transactions", CIDR 2007, and the Atomikos
 * TCC model; empty cancellation and suspension are ruled out by the fence of each call.
 */
public final class Tcc implements MethodProtocol {

  private static final Protocol PROTOCOL =
      new Protocol(
          "TCC",
          BranchState.TRYING,
          BranchState.TRIED,
          BranchState.CONFIRMED,
          BranchState.CANCELLED);

  private final BranchWork work;
  private final BranchHandlers handlers;
  private final MethodCalls calls;

  public Tcc(BranchWork work, BranchHandlers handlers, MethodCalls calls) {
    this.work = work;
    this.handlers = handlers;
    this.calls = calls;
  }

  @Override
  public void register(MethodParticipant participant) {
    handlers.add(new MethodHandler(PROTOCOL, participant, calls));
  }

  @Override
  public <T extends @Nullable Object, X extends Throwable> T perform(
      MethodParticipant participant,
      Frame frame,
      @Nullable Object[] arguments,
      int isolation,
      Work<T, X> attempt)
      throws X {
    return work.execute(
        frame,
        handlers.registered(participant.name(), PROTOCOL),
        calls.stored(participant, arguments),
        isolation,
        attempt,
        calls.result(participant));
  }
}
