package io.tcc.protocol.outbox;

import io.tcc.engine.Housekeeping;
import io.tcc.log.LocalTransactions;
import io.tcc.log.MessageLog;
import io.tcc.transaction.Events;
import io.tcc.transaction.Instance;
import io.tcc.transaction.Message;
import io.tcc.transaction.MessageState;
import io.tcc.transaction.TransactionEvent;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.DoubleSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Sends stored messages, and the replies to received ones. One pass:
 *
 * <ol>
 *   <li>Take due messages under a lease, in one local transaction. A message whose predecessor of
 *       the same key is unsent, and not taken as well, is left alone.
 *   <li>With no connection and no lock held, hand them to the carrier: each destination for itself,
 *       in lanes side by side; messages of one key share a lane. A lane stops at a call that fails
 *       altogether, or when the lease comes to its end.
 *   <li>When a destination's lanes have ended, note all of it in one local transaction: sent; or
 *       due again after a growing, capped, jittered delay; or dead. An instance that lost its lease
 *       changes nothing. What waits behind those that were sent is due now.
 *   <li>From time to time, delete what finished longer ago than the retention; see {@link
 *       Housekeeping}.
 * </ol>
 *
 * <p>What is sent is read from the table: never before the commit that made it durable. A message
 * may be sent more than once, under the same id; the receiver's inbox executes it once.
 *
 * <p>A message that was sent and has no reply in time is sent again, for the receiver to answer
 * from its inbox.
 */
public final class Relay {

  private static final Logger log = LoggerFactory.getLogger(Relay.class);

  private final Instance instance;
  private final MessageLog messages;
  private final Inbox inbox;
  private final LocalTransactions local;
  private final Topics topics;
  private final Carriers carriers;
  private final OutboxLimits limits;
  private final Events events;
  private final Executor executor;
  private final DoubleSupplier chance;
  private final Runnable wake;
  private final AtomicInteger inFlight = new AtomicInteger();
  private final Housekeeping housekeeping;

  /**
   * @param executor for what follows a carrier's answer
   * @param chance random numbers from 0 to 1, to spread attempts
   * @param wake tells that there is something to send
   */
  public Relay(
      Instance instance,
      MessageLog messages,
      Inbox inbox,
      LocalTransactions local,
      Topics topics,
      Carriers carriers,
      OutboxLimits limits,
      Events events,
      Executor executor,
      DoubleSupplier chance,
      Runnable wake) {
    this.instance = instance;
    this.messages = messages;
    this.inbox = inbox;
    this.local = local;
    this.topics = topics;
    this.carriers = carriers;
    this.limits = limits;
    this.events = events;
    this.executor = executor;
    this.chance = chance;
    this.wake = wake;
    this.housekeeping = new Housekeeping(limits.batch());
  }

  /**
   * What a pass found.
   *
   * @param taken messages taken over
   * @param purged rows deleted
   * @param full whether it took as much as one pass may, so that there may be more to do
   * @param overlaps whether it took nothing with a key: of that, the next pass would find what
   *     follows, and leave it alone
   * @param ended ends when all that the pass took has been tried once; does not fail
   */
  public record Pass(
      int taken, int purged, boolean full, boolean overlaps, CompletableFuture<Void> ended)
      implements io.tcc.engine.Pass {}

  /** One pass, to its end. */
  public Pass runOnce() {
    Pass pass = start();
    pass.ended().join();
    return pass;
  }

  /** Starts one pass. */
  public Pass start() {
    Instant now = instance.clock().instant();
    int room = Math.min(limits.batch(), limits.inFlight() - inFlight.get());
    if (room <= 0) {
      // Something hangs; what is under way ends within its lease.
      return new Pass(0, 0, false, false, CompletableFuture.completedFuture(null));
    }
    Instant until = now.plus(limits.lease());
    MessageLog.Claim claim =
        local.separate(limits.call(), () -> messages.claimDue(now, until, limits.backoff(), room));
    claim.unreadable().forEach(row -> publishDead(row.id(), "", "", row.reason()));
    Instant lastStart = until.minus(limits.call().multipliedBy(2));
    Map<Route, List<Message>> routes = new LinkedHashMap<>();
    claim.taken().forEach(m -> routes.computeIfAbsent(Route.of(m), r -> new ArrayList<>()).add(m));
    inFlight.addAndGet(claim.taken().size());
    List<CompletableFuture<Void>> all = new ArrayList<>();
    routes.forEach((route, taken) -> all.add(send(route, taken, lastStart)));
    int purged = housekeeping.purge(now, () -> purgeSent(now), inbox::purgeOnce);
    return new Pass(
        claim.taken().size(),
        purged,
        claim.seen() >= room || housekeeping.hasMore(now),
        claim.taken().stream().allMatch(m -> m.orderKey() == null),
        CompletableFuture.allOf(all.toArray(CompletableFuture<?>[]::new)));
  }

  private int purgeSent(Instant now) {
    return local.separate(
        limits.call(), () -> messages.purge(now.minus(limits.retention()), limits.batch()));
  }

  /** Who gets it: another service's inbox, or a sender that waits for results. */
  private record Route(String destination, @Nullable String log, boolean replies) {
    static Route of(Message message) {
      return new Route(
          message.destination().service(), message.destination().log(), message.isReply());
    }
  }

  /** A message and how handing it over ended. */
  private record Attempt(Message message, Handover handover) {}

  private CompletableFuture<Void> send(Route route, List<Message> taken, Instant lastStart) {
    List<CompletableFuture<List<Attempt>>> lanes =
        lanes(taken).stream()
            .map(lane -> inTurn(route, chunks(lane), 0, new ArrayList<>(), lastStart))
            .toList();
    return CompletableFuture.allOf(lanes.toArray(CompletableFuture<?>[]::new))
        .thenRunAsync(
            () -> note(lanes.stream().flatMap(lane -> lane.join().stream()).toList()), executor)
        .handle(
            (done, failure) -> {
              inFlight.addAndGet(-taken.size());
              if (failure != null) {
                log.warn(
                    "What became of {} messages to {} could not be noted; they are sent again after"
                        + " their lease",
                    taken.size(),
                    route.destination(),
                    failure);
              }
              return null;
            });
  }

  private List<List<Message>> lanes(List<Message> taken) {
    int count = Math.min(limits.lanes(), (taken.size() + limits.chunk() - 1) / limits.chunk());
    List<List<Message>> lanes = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      lanes.add(new ArrayList<>());
    }
    int next = 0;
    for (Message each : taken) {
      String key = each.orderKey();
      int lane = Math.floorMod(key == null ? next++ : key.hashCode(), count);
      lanes.get(lane).add(each);
    }
    return lanes;
  }

  /** One call each: of limited length, with one carrier. */
  private List<List<Message>> chunks(List<Message> lane) {
    List<List<Message>> chunks = new ArrayList<>();
    int from = 0;
    for (int to = 1; to <= lane.size(); to++) {
      if (to == lane.size()
          || to - from == limits.chunk()
          || carrierOf(lane.get(to)) != carrierOf(lane.get(from))) {
        chunks.add(lane.subList(from, to));
        from = to;
      }
    }
    return chunks;
  }

  private Carrier carrierOf(Message message) {
    return carriers.of(message.topic());
  }

  private CompletableFuture<List<Attempt>> inTurn(
      Route route, List<List<Message>> chunks, int at, List<Attempt> before, Instant lastStart) {
    if (at == chunks.size()) {
      return CompletableFuture.completedFuture(before);
    }
    List<Message> chunk = notOvertaking(before, chunks.get(at));
    boolean stopped =
        !instance.clock().instant().isBefore(lastStart)
            || (at > 0
                && carrierOf(chunks.get(at - 1).get(0)) == carrierOf(chunks.get(at).get(0))
                && nothingCameThrough(before, chunks.get(at - 1).size()));
    CompletableFuture<List<Handover>> answers =
        stopped || chunk.isEmpty()
            ? CompletableFuture.completedFuture(
                chunk.stream().map(m -> Handover.notTried("the lane stopped")).toList())
            : handOver(route, chunk);
    return answers.thenCompose(
        handovers -> {
          for (Message each : chunks.get(at)) {
            int tried = chunk.indexOf(each);
            before.add(
                new Attempt(
                    each,
                    tried < 0
                        ? Handover.notTried("an earlier one of its key was not accepted")
                        : handovers.get(tried)));
          }
          return inTurn(route, chunks, at + 1, before, lastStart);
        });
  }

  /** Without those of a key of which an earlier call left one behind. */
  private static List<Message> notOvertaking(List<Attempt> before, List<Message> chunk) {
    Set<String> keys = new HashSet<>();
    for (Attempt each : before) {
      String key = each.message().orderKey();
      if (key != null && each.handover().kind() != Handover.Kind.ACCEPTED && !isAsked(each)) {
        keys.add(key);
      }
    }
    return chunk.stream()
        .filter(m -> m.orderKey() == null || !keys.contains(m.orderKey()))
        .toList();
  }

  /** What was sent, and is only asked after, holds nobody up. */
  private static boolean isAsked(Attempt attempt) {
    return attempt.message().state() == MessageState.SENT;
  }

  private static boolean nothingCameThrough(List<Attempt> attempts, int last) {
    return attempts.subList(attempts.size() - last, attempts.size()).stream()
        .noneMatch(a -> a.handover().kind() == Handover.Kind.ACCEPTED);
  }

  private CompletableFuture<List<Handover>> handOver(Route route, List<Message> chunk) {
    CompletableFuture<List<Handover>> answer;
    try {
      answer =
          route.replies()
              ? carrierOf(chunk.get(0))
                  .report(
                      chunk.get(0).destination(),
                      chunk.stream().map(Relay::result).toList(),
                      limits.call())
              : carrierOf(chunk.get(0))
                  .deliver(
                      route.destination(),
                      chunk.stream().map(this::parcel).toList(),
                      limits.call());
    } catch (RuntimeException e) {
      answer = CompletableFuture.failedFuture(e);
    }
    return answer.handle(
        (handovers, failure) -> {
          if (handovers != null && handovers.size() == chunk.size()) {
            return handovers;
          }
          String why =
              failure == null
                  ? "the carrier answered for " + handovers + " messages"
                  : failure.toString();
          return chunk.stream().map(m -> Handover.failed(why)).toList();
        });
  }

  private Parcel parcel(Message message) {
    return new Parcel(
        message.id(),
        message.topic(),
        message.key(),
        message.stored(),
        topics.replyWithin(message.topic()) != null,
        message.trace(),
        message.body());
  }

  private static Result result(Message reply) {
    return new Result(
        String.valueOf(reply.about()), MessageState.valueOf(reply.body()), reply.reason());
  }

  /** Notes how a destination's attempts ended, in one local transaction. */
  private void note(List<Attempt> attempts) {
    Instant now = instance.clock().instant();
    List<Message> after = attempts.stream().map(attempt -> after(attempt, now)).toList();
    List<Message> sent = after.stream().filter(m -> m.state() == MessageState.SENT).toList();
    int due =
        local.separate(
            limits.call(),
            () -> {
              messages.update(after);
              return messages.goOn(sent, now, limits.batch());
            });
    if (due > 0) {
      wake.run();
    }
    after.stream()
        .filter(m -> m.state() == MessageState.DEAD)
        .forEach(
            m ->
                publishDead(
                    m.id(), m.topic(), m.destination().service(), String.valueOf(m.lastError())));
  }

  private Message after(Attempt attempt, Instant now) {
    Message message = attempt.message();
    String detail = attempt.handover().detail();
    return switch (attempt.handover().kind()) {
      case ACCEPTED -> accepted(message, now);
      case NOT_TRIED -> message.givenBack(now.plus(limits.backoff().first()));
      case FAILED ->
          limits.backoff().isExhausted(message.attempts() + 1)
              ? message.dead(detail)
              : message.failed(now.plus(spread(message.attempts() + 1)), detail);
    };
  }

  private Message accepted(Message message, Instant now) {
    Duration within = message.isReply() ? null : topics.replyWithin(message.topic());
    if (within == null) {
      return message.accepted(null);
    }
    boolean asked = message.state() == MessageState.SENT;
    if (asked && limits.backoff().isExhausted(message.attempts() + 1)) {
      return message.dead(
          "It was sent, and no reply came however often it was sent again: whether it was consumed"
              + " is not known here");
    }
    Duration wait = asked ? spread(message.attempts() + 1) : within;
    return message.accepted(now.plus(wait.compareTo(within) < 0 ? within : wait));
  }

  /** From half of the delay to all of it, so that what failed together does not return together. */
  private Duration spread(int failed) {
    Duration delay = limits.backoff().delay(failed);
    return Duration.ofMillis(
        Math.max(1, (long) (delay.toMillis() * (1 + chance.getAsDouble()) / 2)));
  }

  private void publishDead(String message, String topic, String destination, String reason) {
    events.publish(new TransactionEvent.MessageDead(message, topic, destination, reason));
  }
}
