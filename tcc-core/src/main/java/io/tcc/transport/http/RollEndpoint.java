package io.tcc.transport.http;

import io.tcc.protocol.threephase.Membership;
import io.tcc.protocol.threephase.Roll;
import io.tcc.transport.MessageRefusedException;

/** Learns who else takes part in a 3PC transaction: {@code /roll}. */
public final class RollEndpoint implements CoordinationEndpoint<Roll> {

  private final Membership membership;

  public RollEndpoint(Membership membership) {
    this.membership = membership;
  }

  @Override
  public String operation() {
    return Coordination.ROLL;
  }

  @Override
  public Roll read(CoordinationCall call) {
    return call.body(Coordination.RollBody.class).toRoll(call.fromLog(), call.toLog());
  }

  @Override
  public CoordinationReply answer(Roll message) throws MessageRefusedException {
    return MemberReplies.reply(message.xid(), membership.roll(message));
  }
}
