package io.tcc.protocol.tcc;

import io.tcc.log.PayloadCodec;
import io.tcc.participant.BranchHandler;
import io.tcc.transaction.Branch;
import io.tcc.transaction.Outcome;
import org.jspecify.annotations.Nullable;

/** Completes branches of one TCC participant: Confirm on commit, Cancel on abort. */
final class TccHandler implements BranchHandler {

  static final String PROTOCOL = "TCC";

  /** Under which the result of Try is stored. */
  static final String RESULT = "result";

  private final TccParticipant participant;
  private final PayloadCodec codec;

  TccHandler(TccParticipant participant, PayloadCodec codec) {
    this.participant = participant;
    this.codec = codec;
  }

  @Override
  public String participant() {
    return participant.name();
  }

  @Override
  public String protocol() {
    return PROTOCOL;
  }

  @Override
  public boolean effectsElsewhere() {
    return participant.effectsElsewhere();
  }

  @Override
  public void complete(Branch branch, Outcome outcome) throws Exception {
    TccParticipant.Completion completion =
        outcome == Outcome.COMMIT ? participant.confirm() : participant.cancel();
    if (completion != null) {
      @Nullable Object[] arguments =
          completion.parameters().stream().map(p -> value(p, branch)).toArray();
      completion.invocation().invoke(arguments);
    }
  }

  private @Nullable Object value(TccParticipant.Parameter parameter, Branch branch) {
    if (parameter instanceof TccParticipant.Parameter.Stored stored) {
      return codec.read(branch.arguments(), stored.name(), stored.type());
    }
    if (parameter instanceof TccParticipant.Parameter.Result result) {
      String stored = branch.result();
      return stored == null ? null : codec.read(stored, RESULT, result.type());
    }
    return branch.id();
  }
}
