package io.tcc.transport.http;

import io.tcc.protocol.threephase.Membership;
import io.tcc.protocol.threephase.PreCommitOrder;
import io.tcc.transport.MessageRefusedException;

/** Pre-commits branches of a 3PC transaction here: {@code /pre-commit}. */
public final class PreCommitEndpoint implements CoordinationEndpoint<PreCommitOrder> {

  private final Membership membership;

  public PreCommitEndpoint(Membership membership) {
    this.membership = membership;
  }

  @Override
  public String operation() {
    return Coordination.PRE_COMMIT;
  }

  @Override
  public PreCommitOrder read(CoordinationCall call) {
    return call.body(Coordination.PreCommitBody.class).toOrder(call.fromLog(), call.toLog());
  }

  @Override
  public CoordinationReply answer(PreCommitOrder message) throws MessageRefusedException {
    return MemberReplies.reply(message.xid(), membership.preCommit(message));
  }
}
