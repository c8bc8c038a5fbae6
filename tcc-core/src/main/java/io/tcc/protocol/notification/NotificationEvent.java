package io.tcc.protocol.notification;

import io.tcc.transaction.Notification;
import io.tcc.transaction.NotificationAttempt;
import java.time.Duration;
import java.time.Instant;

/**
 * Something about a notification that a person or a metric may want to know. Events are delivered
 * on the thread where they happen, after the fact is durable; what a listener throws is logged and
 * changes nothing.
 */
public sealed interface NotificationEvent {

  Notification notification();

  /**
   * The third party has it.
   *
   * @param elapsed since it was stored
   */
  record Delivered(Notification notification, Duration elapsed) implements NotificationEvent {}

  /** An attempt failed; the next one comes at its time. */
  record AttemptFailed(Notification notification, NotificationAttempt attempt, Instant next)
      implements NotificationEvent {}

  /** The last attempt failed: nothing happens by itself any more. */
  record GivenUp(Notification notification, NotificationAttempt attempt)
      implements NotificationEvent {}
}
