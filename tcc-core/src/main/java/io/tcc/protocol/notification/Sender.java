package io.tcc.protocol.notification;

import io.tcc.engine.Housekeeping;
import io.tcc.log.LocalTransactions;
import io.tcc.log.NotificationLog;
import io.tcc.transaction.Instance;
import io.tcc.transaction.Notification;
import io.tcc.transaction.NotificationAttempt;
import io.tcc.transaction.NotificationAttempt.Result;
import io.tcc.transaction.NotificationState;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.function.DoubleSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Tells third parties, as well as can be:
 *
 * <ol>
 *   <li><b>Stored</b> in the local transaction of the business change, a notification is taken by
 *       this instance from birth, for the time of a lease. That costs no commit.
 *   <li><b>After the commit</b> another thread looks whether the row is really there (part of a
 *       local transaction may have been rolled back) and makes the first call at once. If as many
 *       calls of that target are under way as may be, it waits for one of them to end.
 *   <li><b>Each call</b> holds no connection. Its attempt and what follows from it are noted in one
 *       local transaction: delivered; or due again, at the time that the schedule gives, or later
 *       if the third party asks for that; or given up, after the last one and on 410.
 *   <li><b>A pass</b> takes what is due, for each target as many as it has calls free, with a lease
 *       and a new epoch. What a dead instance had taken is due when its lease ends.
 *   <li>A failure counts under its own epoch only. An acknowledgement counts always: it is true.
 *   <li>What is finished is deleted after the retention; see {@link Housekeeping}.
 * </ol>
 *
 * <p>So everything committed is told at least once, if the third party can be reached within the
 * schedule; the same id in all attempts lets it tell repetitions.
 */
public final class Sender implements AutoCloseable {

  private static final Logger log = LoggerFactory.getLogger(Sender.class);

  /** The epoch that a notification is born with by whoever calls first. */
  private static final long FIRST = 1;

  private final Instance instance;
  private final NotificationLog notifications;
  private final LocalTransactions local;
  private final Carrier carrier;
  private final NotificationLimits limits;
  private final List<NotificationObserver> observers;
  private final Executor executor;
  private final DoubleSupplier chance;
  private final Map<String, Lane> lanes = new LinkedHashMap<>();
  private final Housekeeping housekeeping;

  /**
   * @param executor runs the calls; as many at a time as all targets together allow
   * @param chance gives numbers from 0 to 1, for the jitter of schedules
   */
  public Sender(
      Instance instance,
      NotificationLog notifications,
      LocalTransactions local,
      Carrier carrier,
      Collection<Target> targets,
      NotificationLimits limits,
      List<NotificationObserver> observers,
      Executor executor,
      DoubleSupplier chance) {
    this.instance = instance;
    this.notifications = notifications;
    this.local = local;
    this.carrier = carrier;
    this.limits = limits;
    this.observers = List.copyOf(observers);
    this.executor = executor;
    this.chance = chance;
    this.housekeeping = new Housekeeping(limits.batch());
    for (Target target : targets) {
      limits.require(target);
      lanes.put(target.name(), new Lane(target, limits.waiting()));
    }
  }

  /**
   * What a pass found.
   *
   * @param taken notifications taken
   * @param purged notifications deleted
   * @param full whether it took as much as one pass may, so that there may be more to do
   * @param ended ends when each that the pass took has been told once; does not fail
   */
  public record Pass(int taken, int purged, boolean full, CompletableFuture<Void> ended)
      implements io.tcc.engine.Pass {}

  /**
   * Stores a notification in the current local transaction, and has it told after the commit.
   *
   * @return false if the target is told of that subject already
   */
  boolean store(String target, Notification.Subject subject, String body) {
    Lane lane = lane(target);
    Instant now = instance.clock().instant().truncatedTo(ChronoUnit.MILLIS);
    boolean taken = lane.hasRoom();
    Notification born =
        new Notification(
            instance.identifiers().next(now),
            target,
            subject,
            body,
            NotificationState.PENDING,
            0,
            instance.name(),
            taken ? FIRST : 0,
            taken ? now.plus(limits.lease()) : now,
            now,
            null);
    if (!notifications.insert(born)) {
      return false;
    }
    if (taken) {
      local.whenEnded(() -> callFirst(lane, born.id()));
    }
    return true;
  }

  private Lane lane(String target) {
    Lane lane = lanes.get(target);
    if (lane == null) {
      throw new IllegalArgumentException(
          "There is no target " + target + ": set tcc.notification.targets." + target + ".url");
    }
    return lane;
  }

  /** One pass, to its end. For tests, operators, and the last pass before a shutdown. */
  public Pass runOnce() {
    Pass pass = start();
    pass.ended().join();
    return pass;
  }

  /** Starts one pass. What it takes is told by the executor. */
  public Pass start() {
    Instant now = instance.clock().instant();
    int purged = housekeeping.purge(now, () -> purgeOld(now));
    Map<Lane, Integer> places = new LinkedHashMap<>();
    lanes.values().forEach(lane -> places.put(lane, lane.enter(limits.batch())));
    Map<Lane, List<Notification>> taken;
    try {
      taken = local.separate(limits.statement(), () -> take(places, now));
    } catch (RuntimeException | Error e) {
      places.forEach(Lane::leave);
      throw e;
    }
    List<CompletableFuture<Void>> calls = new ArrayList<>();
    boolean full = housekeeping.hasMore(now);
    for (Map.Entry<Lane, List<Notification>> each : taken.entrySet()) {
      Lane lane = each.getKey();
      int allowed = places.getOrDefault(lane, 0);
      lane.leave(allowed - each.getValue().size());
      full |= allowed > 0 && each.getValue().size() == allowed;
      each.getValue().forEach(row -> calls.add(inLane(lane, () -> call(lane.target(), row))));
    }
    return new Pass(
        calls.size(),
        purged,
        full,
        CompletableFuture.allOf(calls.toArray(CompletableFuture<?>[]::new)));
  }

  private int purgeOld(Instant now) {
    return local.separate(
        limits.statement(),
        () -> notifications.purge(now.minus(limits.retention()), limits.batch()));
  }

  private Map<Lane, List<Notification>> take(Map<Lane, Integer> places, Instant now) {
    Map<Lane, List<Notification>> taken = new LinkedHashMap<>();
    places.forEach(
        (lane, free) ->
            taken.put(
                lane,
                free == 0
                    ? List.of()
                    : notifications.claimDue(
                        lane.target().name(),
                        instance.name(),
                        now,
                        now.plus(limits.lease()),
                        free)));
    return taken;
  }

  private void callFirst(Lane lane, String id) {
    if (lane.enterOrWait(id)) {
      var unused = inLane(lane, () -> callIfThere(lane.target(), id));
    }
  }

  /** Runs a call in its place, then the first calls that wait for one. */
  private CompletableFuture<Void> inLane(Lane lane, Runnable call) {
    CompletableFuture<Void> ended = new CompletableFuture<>();
    try {
      executor.execute(
          () -> {
            guarded(call);
            ended.complete(null);
            Optional<String> next = lane.leaveToNext();
            while (next.isPresent()) {
              String id = next.get();
              guarded(() -> callIfThere(lane.target(), id));
              next = lane.leaveToNext();
            }
          });
    } catch (RejectedExecutionException e) {
      log.debug("A notification is not told now, but when its lease ends", e);
      lane.leave(1);
      ended.complete(null);
    }
    return ended;
  }

  private static void guarded(Runnable call) {
    try {
      call.run();
    } catch (RuntimeException | Error e) {
      log.warn("An attempt to notify could not be noted; it is repeated when its lease ends", e);
    }
  }

  /** The first call, unless the row was rolled back, or others may take it before it ends. */
  private void callIfThere(Target target, String id) {
    Instant latest = instance.clock().instant().plus(target.timeout());
    local
        .separate(limits.statement(), () -> notifications.find(id))
        .filter(
            row ->
                row.state() == NotificationState.PENDING
                    && row.epoch() == FIRST
                    && row.owner().equals(instance.name())
                    && row.failures() == 0
                    && latest.isBefore(row.nextAttempt()))
        .ifPresent(row -> call(target, row));
  }

  private void call(Target target, Notification row) {
    Instant at = instance.clock().instant();
    Answer answer;
    try {
      answer = carrier.call(target, row, at);
    } catch (RuntimeException e) {
      answer = new Answer.Failure(Result.UNREACHABLE, e.toString());
    }
    NotificationAttempt attempt = attempt(target, row, at, answer);
    Instant next = next(target, row, attempt, answer);
    NotificationEvent event =
        local.separate(limits.statement(), () -> note(target, row, attempt, next));
    if (event != null) {
      publish(event);
    }
  }

  private NotificationAttempt attempt(Target target, Notification row, Instant at, Answer answer) {
    Duration latency = Duration.between(at, instance.clock().instant());
    if (answer instanceof Answer.Failure failure) {
      return new NotificationAttempt(
          row.id(), row.epoch(), at, latency, failure.result(), null, null, failure.reason());
    }
    Answer.Response response = (Answer.Response) answer;
    Result result = result(target, response);
    return new NotificationAttempt(
        row.id(),
        row.epoch(),
        at,
        latency,
        result,
        response.status(),
        response.body(),
        result == Result.ACKNOWLEDGED ? null : why(response));
  }

  private static Result result(Target target, Answer.Response response) {
    if (target.acknowledgement().isIn(response)) {
      return Result.ACKNOWLEDGED;
    }
    return response.status() == Answer.Response.GONE ? Result.GONE : Result.REFUSED;
  }

  private static String why(Answer.Response response) {
    return response.isSuccessful()
        ? "status " + response.status() + ", but its body is not \"success\""
        : "status " + response.status();
  }

  /** When it is due after a failed attempt; null if that was the last. */
  private @Nullable Instant next(
      Target target, Notification row, NotificationAttempt attempt, Answer answer) {
    if (attempt.result() == Result.GONE) {
      return null;
    }
    Duration wanted =
        answer instanceof Answer.Response response && response.retryAfter() != null
            ? shorter(response.retryAfter(), limits.retryAfter())
            : Duration.ZERO;
    return target
        .schedule()
        .delay(row.failures() + 1, chance)
        .map(delay -> delay.compareTo(wanted) < 0 ? wanted : delay)
        .map(instance.clock().instant()::plus)
        .orElse(null);
  }

  private static Duration shorter(Duration one, Duration other) {
    return one.compareTo(other) < 0 ? one : other;
  }

  private @Nullable NotificationEvent note(
      Target target, Notification row, NotificationAttempt attempt, @Nullable Instant next) {
    notifications.append(attempt);
    if (attempt.result() == Result.ACKNOWLEDGED) {
      return notifications.deliver(row.id())
          ? new NotificationEvent.Delivered(
              row, Duration.between(row.created(), instance.clock().instant()))
          : null;
    }
    String error = attempt.result() + ": " + attempt.error();
    if (next != null) {
      return notifications.postpone(row.id(), row.epoch(), next, error)
          ? new NotificationEvent.AttemptFailed(row, attempt, next)
          : null;
    }
    String last =
        attempt.result() == Result.GONE
            ? target.name() + " wants to hear nothing more"
            : "the last attempt of schedule " + target.schedule().name() + " failed";
    return notifications.giveUp(row.id(), row.epoch(), last + ": " + error)
        ? new NotificationEvent.GivenUp(row, attempt)
        : null;
  }

  private void publish(NotificationEvent event) {
    for (NotificationObserver observer : observers) {
      try {
        observer.onEvent(event);
      } catch (RuntimeException e) {
        log.error("A listener failed on {}", event, e);
      }
    }
  }

  /** Begins no further call. What is under way comes to its end; the rest is due later. */
  @Override
  public void close() {
    lanes.values().forEach(Lane::close);
  }
}
