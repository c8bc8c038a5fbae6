package io.tcc.protocol.twophase;

import io.tcc.context.Frame;
import io.tcc.participant.BranchHandlers;
import io.tcc.participant.BranchWork;
import io.tcc.participant.MethodCalls;
import io.tcc.participant.MethodHandler;
import io.tcc.participant.MethodParticipant;
import io.tcc.participant.MethodProtocol;
import io.tcc.transaction.BranchState;
import io.tcc.transaction.Protocol;
import io.tcc.transaction.Vote;
import io.tcc.transaction.Work;
import org.jspecify.annotations.Nullable;

/**
 * Prepare, Commit, Rollback, on resources that the user controls:
 *
 * <ol>
 *   <li>Prepare is a branch's work; what it returns is its vote, which rides on the answer of the
 *       call. Nothing, or anything but a {@link Vote}, is YES.
 *   <li>READ_ONLY leaves no branch, so nobody drives it.
 *   <li>NO, or any failure to prepare, forbids the commit of the global transaction, also where the
 *       caller catches the exception: unlike a failed Try, a missing vote is a NO.
 *   <li>COMMIT calls Commit, ABORT calls Rollback, until it succeeds.
 * </ol>
 *
 * <p>Source: Jim Gray, "Notes on Data Base Operating Systems", 1978; presumed abort and the
 * read-only vote: C. Mohan, B. Lindsay, R. Obermarck, "Transaction Management in the R* Distributed
 * Database Management System", ACM TODS 11(4), 1986.
 */
public final class PreparedMethods implements MethodProtocol {

  private static final Protocol PROTOCOL =
      new Protocol(
          "2PC",
          BranchState.PREPARING,
          BranchState.PREPARED,
          BranchState.COMMITTED,
          BranchState.ROLLED_BACK);

  private final BranchWork work;
  private final BranchHandlers handlers;
  private final MethodCalls calls;

  public PreparedMethods(BranchWork work, BranchHandlers handlers, MethodCalls calls) {
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
      Work<T, X> prepare)
      throws X {
    try {
      return work.execute(
          frame,
          handlers.registered(participant.name(), PROTOCOL),
          calls.stored(participant, arguments),
          isolation,
          prepare,
          returned -> returned instanceof Vote vote ? vote : Vote.YES,
          calls.result(participant));
    } catch (Throwable e) {
      frame.forbidCommit(participant.name() + " did not prepare: " + e);
      throw e;
    }
  }
}
