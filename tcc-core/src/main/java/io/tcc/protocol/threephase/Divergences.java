package io.tcc.protocol.threephase;

import io.tcc.log.LocalTransactions;
import io.tcc.log.MemberLog;
import io.tcc.participant.Contradictions;
import io.tcc.transaction.CompletionOrder;
import io.tcc.transaction.Events;
import io.tcc.transaction.Member;
import io.tcc.transaction.Outcome;
import io.tcc.transaction.TransactionEvent;
import java.time.Duration;
import java.util.Optional;

/**
 * Marks members whose outcome is not the initiator's. Told once; the mark stays until an operator
 * resolves it.
 */
public final class Divergences implements Contradictions {

  private final MemberLog members;
  private final LocalTransactions local;
  private final Duration limit;
  private final Events events;

  /**
   * @param limit bound of each statement and lock wait
   */
  public Divergences(MemberLog members, LocalTransactions local, Duration limit, Events events) {
    this.members = members;
    this.local = local;
    this.limit = limit;
    this.events = events;
  }

  @Override
  public String noticed(CompletionOrder order) {
    Optional<Member> member = local.separate(limit, () -> members.find(order.xid()));
    return member
        .filter(
            m ->
                m.state().isTerminal()
                    && m.state() != ThreePhase.PROTOCOL.completed(order.outcome()))
        .map(m -> "; it is " + mark(m, order.outcome()))
        .orElse("");
  }

  /** Marks a member; returns where it stands, in words. */
  String mark(Member member, Outcome decided) {
    String stands = member.standing().inWords();
    String reason = "decided is " + decided + ", but this service has " + stands;
    if (local.separate(limit, () -> members.diverge(member.xid(), reason))) {
      events.publish(new TransactionEvent.Diverged(member.xid(), decided, reason));
    }
    return stands;
  }
}
