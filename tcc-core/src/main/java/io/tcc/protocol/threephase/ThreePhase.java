package io.tcc.protocol.threephase;

import io.tcc.context.Frame;
import io.tcc.log.MemberLog;
import io.tcc.participant.BranchHandlers;
import io.tcc.participant.BranchWork;
import io.tcc.participant.MethodCalls;
import io.tcc.participant.MethodParticipant;
import io.tcc.participant.MethodProtocol;
import io.tcc.transaction.BranchState;
import io.tcc.transaction.Protocol;
import io.tcc.transaction.TransactionUsageException;
import io.tcc.transaction.Vote;
import io.tcc.transaction.Work;
import java.time.Clock;
import org.jspecify.annotations.Nullable;

/**
 * CanCommit, PreCommit, DoCommit, Abort. CanCommit is a branch's work, and what it returns its
 * vote: anything but a {@link Vote} is YES; NO, or any failure, forbids the commit of the global
 * transaction, also where the caller catches the exception; READ_ONLY leaves nothing to complete.
 * The others are called when everybody has voted yes, and with the outcome. Source: Skeen,
 * "Nonblocking Commit Protocols", SIGMOD 1981. The called side is {@link Membership}, the
 * initiator's {@link PreCommitRounds}; what happens in silence is {@link TerminationRound}.
 */
public final class ThreePhase implements MethodProtocol {

  static final Protocol PROTOCOL =
      new Protocol(
          "3PC",
          BranchState.CHECKING,
          BranchState.READY,
          BranchState.COMMITTED,
          BranchState.ABORTED);

  private final BranchWork work;
  private final BranchHandlers handlers;
  private final MethodCalls calls;
  private final MemberLog members;
  private final Clock clock;

  public ThreePhase(
      BranchWork work, BranchHandlers handlers, MethodCalls calls, MemberLog members, Clock clock) {
    this.work = work;
    this.handlers = handlers;
    this.calls = calls;
    this.members = members;
    this.clock = clock;
  }

  @Override
  public void register(MethodParticipant participant) {
    handlers.add(new ThreePhaseHandler(participant, calls, members, clock));
  }

  /**
   * {@inheritDoc}
   *
   * @throws TransactionUsageException if the initiator's local transaction spans the work phase:
   *     3PC is not decided in one step, so its decision cannot be part of it
   */
  @Override
  public <T extends @Nullable Object, X extends Throwable> T perform(
      MethodParticipant participant,
      Frame frame,
      @Nullable Object[] arguments,
      int isolation,
      Work<T, X> canCommit)
      throws X {
    if (frame.isInLocalTransaction()) {
      throw new TransactionUsageException(
          frame.transaction().xid(),
          "The CanCommit of "
              + participant.name()
              + " was called under a @GlobalTx method that is also @Transactional. 3PC is not decided"
              + " in one step, so its decision cannot be part of that local transaction: take"
              + " @Transactional off the @GlobalTx method.",
          null);
    }
    try {
      return work.execute(
          frame,
          handlers.registered(participant.name(), PROTOCOL),
          calls.stored(participant, arguments),
          isolation,
          canCommit,
          returned -> returned instanceof Vote vote ? vote : Vote.YES,
          calls.result(participant));
    } catch (Throwable e) {
      frame.forbidCommit(participant.name() + " cannot commit: " + e);
      throw e;
    }
  }
}
