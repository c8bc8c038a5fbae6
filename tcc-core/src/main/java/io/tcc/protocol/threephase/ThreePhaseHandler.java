package io.tcc.protocol.threephase;

import io.tcc.log.MemberLog;
import io.tcc.participant.BranchHandler;
import io.tcc.participant.MethodCalls;
import io.tcc.participant.MethodParticipant;
import io.tcc.participant.MethodParticipant.Step;
import io.tcc.transaction.Branch;
import io.tcc.transaction.BranchState;
import io.tcc.transaction.Member;
import io.tcc.transaction.Member.Cause;
import io.tcc.transaction.Outcome;
import io.tcc.transaction.Protocol;
import io.tcc.transaction.WorkRefusedException;
import java.time.Clock;

/** Records, pre-commits and completes branches of one 3PC participant. */
final class ThreePhaseHandler implements BranchHandler {

  private final MethodParticipant participant;
  private final MethodCalls calls;
  private final MemberLog members;
  private final Clock clock;

  ThreePhaseHandler(
      MethodParticipant participant, MethodCalls calls, MemberLog members, Clock clock) {
    this.participant = participant;
    this.calls = calls;
    this.members = members;
    this.clock = clock;
  }

  @Override
  public String participant() {
    return participant.name();
  }

  @Override
  public Protocol protocol() {
    return ThreePhase.PROTOCOL;
  }

  @Override
  public boolean effectsElsewhere() {
    return false;
  }

  @Override
  public boolean takesRounds() {
    return true;
  }

  /** The vote makes this service a member. */
  @Override
  public void recorded(Branch branch) {
    boolean votes =
        members.insert(
                Member.voted(
                    branch.transaction(), branch.site(), branch.deadline(), clock.instant()))
            || members
                .lock(branch.id().xid())
                .filter(m -> m.state() == BranchState.READY && m.peers().isEmpty())
                .isPresent();
    if (!votes) {
      throw new WorkRefusedException(
          branch.id().xid(),
          "The work of " + branch.participant() + " came after the votes were counted",
          null);
    }
  }

  void preCommit(Branch branch) {
    call(Step.PRE_COMMIT, branch);
  }

  @Override
  public void complete(Branch branch, Outcome outcome) {
    if (outcome == Outcome.COMMIT) {
      if (branch.state() == BranchState.READY) {
        call(Step.PRE_COMMIT, branch);
      }
      call(Step.COMMIT, branch);
    } else {
      call(Step.ABORT, branch);
    }
    // A branch that a COMMIT does not name is aborted, and says nothing about the member.
    boolean stray =
        outcome == Outcome.ABORT
            && members
                .find(branch.id().xid())
                .filter(m -> !m.paths().isEmpty() && !m.paths().contains(branch.id().path()))
                .isPresent();
    if (!stray) {
      members.complete(
          branch.id().xid(), null, ThreePhase.PROTOCOL.completed(outcome), Cause.DECISION, null);
    }
  }

  private void call(Step step, Branch branch) {
    participant.completion(step).ifPresent(method -> call(method, step, branch));
  }

  private void call(MethodParticipant.Completion method, Step step, Branch branch) {
    try {
      calls.call(method, branch);
    } catch (RuntimeException | Error e) {
      throw e;
    } catch (Exception e) {
      throw new IllegalStateException(step + " of " + participant.name() + " failed: " + e, e);
    }
  }
}
