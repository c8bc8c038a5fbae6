package io.tcc.transport.http;

import io.tcc.protocol.threephase.Membership;
import io.tcc.protocol.threephase.RoundQuestion;
import io.tcc.transport.MessageRefusedException;

/** Tells where this service stands in a 3PC transaction: {@code /round}. */
public final class RoundEndpoint implements CoordinationEndpoint<RoundQuestion> {

  private final Membership membership;

  public RoundEndpoint(Membership membership) {
    this.membership = membership;
  }

  @Override
  public String operation() {
    return Coordination.ROUND;
  }

  @Override
  public RoundQuestion read(CoordinationCall call) {
    return call.body(Coordination.RoundBody.class).toQuestion(call.fromLog(), call.toLog());
  }

  @Override
  public CoordinationReply answer(RoundQuestion message) throws MessageRefusedException {
    return MemberReplies.reply(message.xid(), membership.answer(message));
  }
}
