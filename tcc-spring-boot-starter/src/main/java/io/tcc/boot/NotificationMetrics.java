package io.tcc.boot;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import io.tcc.protocol.notification.NotificationEvent;
import io.tcc.protocol.notification.NotificationObserver;

/** Counts what third parties were told, and were not, by target. */
final class NotificationMetrics implements NotificationObserver {

  private static final String TARGET = "target";

  private final MeterRegistry registry;

  NotificationMetrics(MeterRegistry registry) {
    this.registry = registry;
  }

  @Override
  public void onEvent(NotificationEvent event) {
    String target = event.notification().target();
    if (event instanceof NotificationEvent.Delivered delivered) {
      Timer.builder("tcc.notifications.delivered")
          .description(
              "Notifications that third parties have acknowledged, and their time since they were"
                  + " stored")
          .tag(TARGET, target)
          .register(registry)
          .record(delivered.elapsed());
    } else if (event instanceof NotificationEvent.AttemptFailed) {
      Counter.builder("tcc.notifications.failures")
          .description("Attempts to notify that failed and are repeated")
          .tag(TARGET, target)
          .register(registry)
          .increment();
    } else if (event instanceof NotificationEvent.GivenUp) {
      Counter.builder("tcc.notifications.given.up")
          .description("Notifications that were given up after the last attempt")
          .tag(TARGET, target)
          .register(registry)
          .increment();
    }
  }
}
