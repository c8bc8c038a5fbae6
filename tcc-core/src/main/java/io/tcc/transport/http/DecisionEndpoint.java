package io.tcc.transport.http;

import io.tcc.engine.Inquiries;
import io.tcc.transaction.Inquiry;

/** Answers for decisions of this service: {@code /decision}. */
public final class DecisionEndpoint implements CoordinationEndpoint<Inquiry> {

  private final Inquiries inquiries;

  public DecisionEndpoint(Inquiries inquiries) {
    this.inquiries = inquiries;
  }

  @Override
  public String operation() {
    return Coordination.DECISION;
  }

  /** So that whoever asks need not go on asking: it is told that the outcome is forgotten. */
  @Override
  public boolean answersForRetiredLogs() {
    return true;
  }

  @Override
  public Inquiry read(CoordinationCall call) {
    return call.body(Coordination.Question.class).toInquiry(call.toLog());
  }

  @Override
  public CoordinationReply answer(Inquiry inquiry) {
    return new CoordinationReply(
        Replies.OK, Coordination.QuestionAnswer.of(inquiry, inquiries.answer(inquiry)));
  }
}
