package io.tcc.protocol.outbox;

import io.tcc.log.AuditLog;
import io.tcc.log.LocalTransactions;
import io.tcc.log.MessageLog;
import io.tcc.transaction.AuditEntry;
import io.tcc.transaction.Instance;
import io.tcc.transaction.Message;
import io.tcc.transaction.MessageState;
import io.tcc.transaction.Xid;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;

/**
 * What a person can see and do about messages. Every action is noted with who did it and why, in
 * the same local transaction.
 */
public final class OutboxOperator {

  /** Most items that one list holds. */
  public static final int MAX_LISTED = 1000;

  private static final String REQUEUE = "REQUEUE";
  private static final String DISCARD = "DISCARD";

  private final Instance instance;
  private final MessageLog messages;
  private final AuditLog audit;
  private final LocalTransactions local;
  private final OutboxLimits limits;
  private final Runnable wake;

  /**
   * @param wake tells the relay that there is something to send
   */
  public OutboxOperator(
      Instance instance,
      MessageLog messages,
      AuditLog audit,
      LocalTransactions local,
      OutboxLimits limits,
      Runnable wake) {
    this.instance = instance;
    this.messages = messages;
    this.audit = audit;
    this.local = local;
    this.limits = limits;
    this.wake = wake;
  }

  /** How much there is. */
  public MessageLog.Size size() {
    return local.separate(limits.call(), messages::size);
  }

  /**
   * The messages in a state, oldest first.
   *
   * @param limit most messages, 1 to {@link #MAX_LISTED}
   */
  public List<Message> in(MessageState state, int limit) {
    if (limit < 1 || limit > MAX_LISTED) {
      throw new IllegalArgumentException("A list has 1 to " + MAX_LISTED + " items, not " + limit);
    }
    return local.separate(limits.call(), () -> messages.in(state, limit));
  }

  /** A message. */
  public Optional<Message> find(String id) {
    return local.separate(limits.call(), () -> messages.find(id));
  }

  /** What operators did to a message. */
  public List<AuditEntry> actions(String id) {
    return local.separate(limits.call(), () -> audit.of(new Xid(id)));
  }

  /**
   * Has a dead message sent again, with attempts starting anew, and speeds up what waits.
   *
   * @param actor who wants it, for the audit
   * @param reason why, for the audit
   * @return false if there is no such message, or it has a result; nothing is noted then
   * @throws IllegalArgumentException if the actor or the reason is blank or too long
   */
  public boolean requeue(String id, String actor, String reason) {
    AuditEntry entry = entry(id, REQUEUE, actor, reason);
    boolean requeued = noted(entry, () -> messages.requeue(id, entry.at()));
    if (requeued) {
      wake.run();
    }
    return requeued;
  }

  /**
   * Gives a dead message up for good, so that those behind it with the same key go on.
   *
   * @return false if it is not dead; nothing is noted then
   * @throws IllegalArgumentException if the actor or the reason is blank or too long
   */
  public boolean discard(String id, String actor, String reason) {
    AuditEntry entry = entry(id, DISCARD, actor, reason);
    boolean discarded = noted(entry, () -> messages.discard(id, entry.at()));
    if (discarded) {
      wake.run();
    }
    return discarded;
  }

  private AuditEntry entry(String id, String action, String actor, String reason) {
    return new AuditEntry(
        instance.identifiers().next(),
        new Xid(id),
        action,
        actor,
        reason,
        instance.clock().instant());
  }

  private boolean noted(AuditEntry entry, Supplier<Boolean> action) {
    return local.separate(
        limits.call(),
        () -> {
          boolean done = action.get();
          if (done) {
            audit.append(entry);
          }
          return done;
        });
  }
}
