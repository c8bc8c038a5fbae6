package io.tcc.participant;

import io.tcc.participant.MethodParticipant.Completion;
import io.tcc.participant.MethodParticipant.Step;
import io.tcc.transaction.Branch;
import io.tcc.transaction.Outcome;
import io.tcc.transaction.Protocol;
import java.util.Optional;

/** Completes branches of a participant that is made of methods, by calling one of them. */
public final class MethodHandler implements BranchHandler {

  private final Protocol protocol;
  private final MethodParticipant participant;
  private final MethodCalls calls;

  public MethodHandler(Protocol protocol, MethodParticipant participant, MethodCalls calls) {
    this.protocol = protocol;
    this.participant = participant;
    this.calls = calls;
  }

  @Override
  public String participant() {
    return participant.name();
  }

  @Override
  public Protocol protocol() {
    return protocol;
  }

  @Override
  public boolean effectsElsewhere() {
    return participant.effectsElsewhere();
  }

  @Override
  public void complete(Branch branch, Outcome outcome) throws Exception {
    Optional<Completion> method =
        participant.completion(outcome == Outcome.COMMIT ? Step.COMMIT : Step.ABORT);
    if (method.isPresent()) {
      calls.call(method.get(), branch);
    }
  }
}
