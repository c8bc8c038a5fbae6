package io.tcc.transport.http;

import io.tcc.protocol.threephase.MemberAnswer;
import io.tcc.transaction.Xid;
import io.tcc.transport.MessageRefusedException;
import io.tcc.transport.Refusal;

/** How a member of a 3PC transaction answers over HTTP. */
final class MemberReplies {

  private MemberReplies() {}

  static CoordinationReply reply(Xid xid, MemberAnswer answer) throws MessageRefusedException {
    int status =
        switch (answer.verdict()) {
          case DONE -> Replies.OK;
          case STALE -> Replies.PRECONDITION_FAILED;
          case CONFLICT -> Replies.CONFLICT;
          case RETRY -> Replies.UNAVAILABLE;
          case REFUSED -> throw new MessageRefusedException(Refusal.STRANGER, answer.detail());
        };
    return new CoordinationReply(status, Coordination.MemberBody.of(xid, answer));
  }
}
