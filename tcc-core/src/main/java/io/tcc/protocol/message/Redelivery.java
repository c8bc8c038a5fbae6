package io.tcc.protocol.message;

import io.tcc.engine.Housekeeping;
import io.tcc.log.HalfMessageLog;
import io.tcc.log.LocalTransactions;
import io.tcc.transaction.Events;
import io.tcc.transaction.HalfMessage;
import io.tcc.transaction.Instance;
import io.tcc.transaction.Outcome;
import io.tcc.transaction.TransactionEvent;
import io.tcc.transaction.Xid;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Looks after messages whose business change is durable and that the broker is not known to
 * deliver: the order to deliver was lost, its process died, or the broker has given the half
 * message up. One pass:
 *
 * <ol>
 *   <li>Note what the broker has acknowledged, a batch at a time.
 *   <li>Take committed messages that are due, under a lease, and tell the broker once more to
 *       deliver their half messages.
 *   <li>Where it has no such half message any more, or was silent {@value #PATIENCE} times, or
 *       there never was one, send the message anew under the same id.
 *   <li>Delay what failed, longer each time; park what has failed too often. After {@value
 *       #PATIENCE} failures in a row the broker is away: the rest of the batch waits too.
 *   <li>From time to time, delete what finished longer ago than the retention; see {@link
 *       Housekeeping}.
 * </ol>
 */
public final class Redelivery {

  /** Silent answers after which a half message is left to the broker. */
  static final int PATIENCE = 3;

  private static final Logger log = LoggerFactory.getLogger(Redelivery.class);

  private final Instance instance;
  private final TransactionalMessages sent;
  private final HalfMessageLog messages;
  private final LocalTransactions local;
  private final Broker broker;
  private final MessageLimits limits;
  private final Events events;
  private final Housekeeping housekeeping;

  public Redelivery(
      Instance instance,
      TransactionalMessages sent,
      HalfMessageLog messages,
      LocalTransactions local,
      Broker broker,
      MessageLimits limits,
      Events events) {
    this.instance = instance;
    this.sent = sent;
    this.messages = messages;
    this.local = local;
    this.broker = broker;
    this.limits = limits;
    this.events = events;
    this.housekeeping = new Housekeeping(limits.batch());
  }

  /**
   * What a pass did.
   *
   * @param noted acknowledged deliveries that were noted
   * @param delivered messages that the broker has acknowledged now
   * @param failed messages that it has not
   * @param purged rows deleted
   * @param full whether it took as much as one pass may, so that there may be more to do
   */
  public record Pass(int noted, int delivered, int failed, int purged, boolean full)
      implements io.tcc.engine.Pass {

    /** Ended before it was told of. */
    @Override
    public CompletableFuture<Void> ended() {
      return CompletableFuture.completedFuture(null);
    }
  }

  /** One pass, to its end. */
  public Pass runOnce() {
    int noted = note();
    Instant now = instance.clock().instant();
    List<HalfMessage> due =
        local.separate(
            limits.call(), () -> messages.claimDue(now, now.plus(limits.lease()), limits.batch()));
    List<Xid> delivered = new ArrayList<>();
    List<HalfMessage> failed = new ArrayList<>();
    int inARow = 0;
    for (HalfMessage message : due) {
      if (inARow == PATIENCE) {
        failed.add(message.postponed(instance.clock().instant().plus(limits.backoff().delay(1))));
        continue;
      }
      try {
        deliver(message);
        delivered.add(message.id());
        inARow = 0;
      } catch (RuntimeException e) {
        failed.add(failed(message, e));
        inARow++;
      }
    }
    write(due, delivered, failed);
    int purged = housekeeping.purge(now, () -> purgeOld(now));
    return new Pass(
        noted,
        delivered.size(),
        failed.size(),
        purged,
        Math.max(noted, due.size()) >= limits.batch() || housekeeping.hasMore(now));
  }

  private int purgeOld(Instant now) {
    return local.separate(
        limits.call(), () -> messages.purge(now.minus(limits.retention()), limits.batch()));
  }

  private int note() {
    List<Xid> taken = sent.takeNotes(limits.batch());
    if (taken.isEmpty()) {
      return 0;
    }
    try {
      return local.separate(limits.call(), () -> messages.delivered(taken));
    } catch (RuntimeException e) {
      sent.giveBack(taken);
      throw e;
    }
  }

  private void deliver(HalfMessage message) {
    String half = message.half();
    if (half != null && message.attempts() < PATIENCE) {
      Broker.Answer answer = broker.end(message.topic(), half, Outcome.COMMIT);
      if (answer == Broker.Answer.DONE) {
        return;
      }
      if (answer == Broker.Answer.SILENT) {
        throw new BrokerException("The broker did not answer to the end of the half message", null);
      }
      log.info("The broker has no half message of {} any more; it is sent anew", message.id());
    }
    broker.send(Letter.of(message, instance.site()));
  }

  private HalfMessage failed(HalfMessage message, RuntimeException e) {
    int attempts = message.attempts() + 1;
    return limits.backoff().isExhausted(attempts)
        ? message.parked(e.toString())
        : message.failed(
            instance.clock().instant().plus(limits.backoff().delay(attempts)), e.toString());
  }

  private void write(List<HalfMessage> due, List<Xid> delivered, List<HalfMessage> failed) {
    if (!delivered.isEmpty() || !failed.isEmpty()) {
      local.separate(limits.call(), () -> messages.delivered(delivered) + messages.update(failed));
    }
    due.stream()
        .filter(each -> delivered.contains(each.id()))
        .map(
            each ->
                new TransactionEvent.HalfMessageEnded(
                    each.id(), each.topic(), Outcome.COMMIT, true))
        .forEach(events::publish);
    for (HalfMessage each : failed) {
      if (each.nextAttempt() == null) {
        events.publish(
            new TransactionEvent.HalfMessageParked(
                each.id(), each.topic(), String.valueOf(each.lastError())));
      }
    }
  }
}
