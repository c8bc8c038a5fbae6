package io.tcc.boot;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import io.tcc.log.Backlog;
import io.tcc.transaction.Outcome;
import io.tcc.transaction.TransactionEvent;
import io.tcc.transaction.TransactionListener;
import io.tcc.transport.Refusal;
import io.tcc.transport.RefusalListener;
import java.time.Duration;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.Locale;
import java.util.Map;
import java.util.function.ToDoubleFunction;

/**
 * Counts and times global transactions and refused messages; tells how many transactions are not
 * finished.
 */
final class TransactionMetrics implements TransactionListener, RefusalListener {

  private final Map<Outcome, Timer> decided = new EnumMap<>(Outcome.class);
  private final Map<Outcome, Timer> completed = new EnumMap<>(Outcome.class);
  private final Map<Refusal, Counter> refused = new EnumMap<>(Refusal.class);
  private final Counter driveFailures;
  private final Counter parkedTransactions;
  private final Counter parkedBranches;
  private final Counter conflicts;
  private final Counter divergences;
  private final Map<Outcome, Counter> endedMessages = new EnumMap<>(Outcome.class);
  private final Counter lateMessages;
  private final Counter parkedMessages;

  TransactionMetrics(MeterRegistry registry, BacklogSample backlog) {
    for (Outcome outcome : EnumSet.of(Outcome.COMMIT, Outcome.ABORT)) {
      String tag = outcome.name().toLowerCase(Locale.ROOT);
      endedMessages.put(
          outcome,
          Counter.builder("tcc.messages.ended")
              .description("Transactional messages whose outcome the broker has acknowledged")
              .tag("outcome", tag)
              .register(registry));
      decided.put(
          outcome,
          Timer.builder("tcc.decided")
              .description(
                  "Global transactions decided here, and their time from begin to decision")
              .tag("outcome", tag)
              .register(registry));
      completed.put(
          outcome,
          Timer.builder("tcc.completed")
              .description(
                  "Global transactions begun here that all participants have carried out, and their"
                      + " time from begin to the last acknowledgement")
              .tag("outcome", tag)
              .register(registry));
    }
    for (Refusal reason : Refusal.values()) {
      refused.put(
          reason,
          Counter.builder("tcc.refused")
              .description("Messages of other services that were refused, and changed nothing")
              .tag("reason", reason.name().toLowerCase(Locale.ROOT))
              .register(registry));
    }
    driveFailures =
        Counter.builder("tcc.drive.failures")
            .description("Passes that did not reach all participants and are repeated")
            .register(registry);
    parkedTransactions = parked(registry, "transaction");
    parkedBranches = parked(registry, "branch");
    parkedMessages = parked(registry, "message");
    lateMessages =
        Counter.builder("tcc.messages.late")
            .description("Transactional messages that ended by a check-back or by redelivery")
            .register(registry);
    conflicts =
        Counter.builder("tcc.conflicts")
            .description("Orders that contradict an outcome that is durable here")
            .register(registry);
    divergences =
        Counter.builder("tcc.divergences")
            .description("3PC transactions of which a participant has decided alone, and otherwise")
            .register(registry);
    gauge(
        registry,
        "tcc.transactions.driving",
        "Decided transactions whose participants are being told",
        backlog,
        Backlog.Size::drivingDecisions);
    gauge(
        registry,
        "tcc.transactions.parked",
        "Decided transactions that wait for an operator",
        backlog,
        Backlog.Size::parkedDecisions);
    gauge(
        registry,
        "tcc.branches.open",
        "Branches that have no outcome yet",
        backlog,
        Backlog.Size::openBranches);
    gauge(
        registry,
        "tcc.branches.parked",
        "Branches that wait for an operator",
        backlog,
        Backlog.Size::parkedBranches);
  }

  private static Counter parked(MeterRegistry registry, String kind) {
    return Counter.builder("tcc.parked")
        .description("Transactions, branches and messages given to an operator")
        .tag("kind", kind)
        .register(registry);
  }

  private static void gauge(
      MeterRegistry registry,
      String name,
      String description,
      BacklogSample backlog,
      ToDoubleFunction<Backlog.Size> count) {
    Gauge.builder(name, backlog, sample -> sample.read(count))
        .description(description)
        .strongReference(true)
        .register(registry);
  }

  @Override
  public void onEvent(TransactionEvent event) {
    if (event instanceof TransactionEvent.Decided e) {
      record(decided, e.outcome(), e.elapsed());
    } else if (event instanceof TransactionEvent.Completed e) {
      record(completed, e.outcome(), e.elapsed());
    } else if (event instanceof TransactionEvent.DriveFailed) {
      driveFailures.increment();
    } else if (event instanceof TransactionEvent.Parked) {
      parkedTransactions.increment();
    } else if (event instanceof TransactionEvent.BranchParked) {
      parkedBranches.increment();
    } else if (event instanceof TransactionEvent.Conflict) {
      conflicts.increment();
    } else if (event instanceof TransactionEvent.Diverged) {
      divergences.increment();
    } else if (event instanceof TransactionEvent.HalfMessageEnded e) {
      ended(e);
    } else if (event instanceof TransactionEvent.HalfMessageParked) {
      parkedMessages.increment();
    }
  }

  private void ended(TransactionEvent.HalfMessageEnded event) {
    Counter counter = endedMessages.get(event.outcome());
    if (counter != null) {
      counter.increment();
    }
    if (event.late()) {
      lateMessages.increment();
    }
  }

  @Override
  public void refused(Refusal reason, String what) {
    Counter counter = refused.get(reason);
    if (counter != null) {
      counter.increment();
    }
  }

  private static void record(Map<Outcome, Timer> timers, Outcome outcome, Duration elapsed) {
    Timer timer = timers.get(outcome);
    if (timer != null) {
      timer.record(elapsed);
    }
  }
}
