package io.tcc.transport.http;

import io.tcc.participant.BranchCompletion;
import io.tcc.transaction.CompletionAnswer;
import io.tcc.transaction.CompletionOrder;
import io.tcc.transaction.Outcome;
import io.tcc.transaction.Site;

/** Completes branches here: {@code /commit} and {@code /abort}. */
public final class CompletionEndpoint implements CoordinationEndpoint<CompletionOrder> {

  private final Outcome outcome;
  private final BranchCompletion branches;

  public CompletionEndpoint(Outcome outcome, BranchCompletion branches) {
    this.outcome = outcome;
    this.branches = branches;
  }

  @Override
  public String operation() {
    return Coordination.operation(outcome);
  }

  @Override
  public CompletionOrder read(CoordinationCall call) {
    // ABORT also goes to calls that never answered, of which no log is known.
    Site addressee = outcome == Outcome.COMMIT ? call.toLog() : call.to();
    return call.body(Coordination.Order.class).toOrder(outcome, addressee);
  }

  @Override
  public CoordinationReply answer(CompletionOrder order) {
    CompletionAnswer answer = branches.complete(order);
    int status =
        switch (answer.verdict()) {
          case DONE -> Replies.OK;
          case CONFLICT -> Replies.CONFLICT;
          case RETRY -> Replies.UNAVAILABLE;
        };
    return new CoordinationReply(status, Coordination.OrderAnswer.of(order, answer));
  }
}
