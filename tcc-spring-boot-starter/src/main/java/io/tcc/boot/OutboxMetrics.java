package io.tcc.boot;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.tcc.log.MessageLog;
import io.tcc.transaction.TransactionEvent;
import io.tcc.transaction.TransactionListener;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.function.ToDoubleFunction;

/** Tells how many messages are not finished, how old the oldest is, and counts those that die. */
final class OutboxMetrics implements TransactionListener {

  private final Counter died;

  OutboxMetrics(MeterRegistry registry, Sample<MessageLog.Size> sample, Clock clock) {
    gauge(
        registry,
        "tcc.outbox.held",
        "Messages of global transactions that are not decided here yet",
        sample,
        MessageLog.Size::held);
    gauge(
        registry,
        "tcc.outbox.pending",
        "Messages and replies that wait to be sent",
        sample,
        MessageLog.Size::pending);
    gauge(
        registry,
        "tcc.outbox.dead",
        "Messages and replies that wait for an operator",
        sample,
        MessageLog.Size::dead);
    Gauge.builder(
            "tcc.outbox.oldest", sample, all -> all.read(size -> seconds(size, clock.instant())))
        .description("Age of the oldest message that waits to be sent; 0 if none does")
        .baseUnit("seconds")
        .strongReference(true)
        .register(registry);
    died =
        Counter.builder("tcc.outbox.died")
            .description("Messages and replies given to an operator")
            .register(registry);
  }

  private static double seconds(MessageLog.Size size, Instant now) {
    Instant oldest = size.oldestPending();
    return oldest == null ? 0 : Math.max(0, Duration.between(oldest, now).toMillis() / 1000.0);
  }

  private static void gauge(
      MeterRegistry registry,
      String name,
      String description,
      Sample<MessageLog.Size> sample,
      ToDoubleFunction<MessageLog.Size> value) {
    Gauge.builder(name, sample, all -> all.read(value))
        .description(description)
        .strongReference(true)
        .register(registry);
  }

  @Override
  public void onEvent(TransactionEvent event) {
    if (event instanceof TransactionEvent.MessageDead) {
      died.increment();
    }
  }
}
