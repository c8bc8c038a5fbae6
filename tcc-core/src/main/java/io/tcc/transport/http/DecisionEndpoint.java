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

  @Override
  public Inquiry read(CoordinationCall call) {
    return Coordination.read(call.body(), Coordination.Question.class)
        .toInquiry(call.toLog(), call.fromLog());
  }

  @Override
  public CoordinationReply answer(Inquiry inquiry) {
    return new CoordinationReply(
        Replies.OK,
        Coordination.write(Coordination.QuestionAnswer.of(inquiry, inquiries.answer(inquiry))));
  }
}
