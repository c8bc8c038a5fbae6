package io.tcc.wiring;

import io.tcc.protocol.notification.NotificationEvent;
import io.tcc.protocol.notification.NotificationObserver;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A log line for each event: what is given up is an error, what repeats itself a warning. */
public final class NotificationLogger implements NotificationObserver {

  private static final Logger log = LoggerFactory.getLogger(NotificationLogger.class);

  @Override
  public void onEvent(NotificationEvent event) {
    String target = event.notification().target();
    Object subject = event.notification().subject();
    if (event instanceof NotificationEvent.Delivered) {
      log.debug("{} was told of {}", target, subject);
    } else if (event instanceof NotificationEvent.AttemptFailed failed) {
      log.warn(
          "{} was not told of {}, the next attempt is at {}: {}",
          target,
          subject,
          failed.next(),
          failed.attempt().error());
    } else if (event instanceof NotificationEvent.GivenUp givenUp) {
      log.error(
          "{} was not told of {}, and nothing more is tried: {}",
          target,
          subject,
          givenUp.attempt().error());
    }
  }
}
