package io.tcc.protocol.message;

import io.tcc.transaction.Backoff;
import java.time.Duration;

/**
 * The bounds of transactional messages.
 *
 * @param timeout time for the business change; when it has passed, a half message without a row can
 *     be rolled back
 * @param call longest wait for one statement of the library's own
 * @param grace how long after its end a committed message may be unacknowledged before somebody
 *     else looks after it
 * @param lease after which a message that somebody looks after is due for others
 * @param backoff between attempts to deliver a committed message, and how many there are before it
 *     is parked
 * @param batch most messages that one pass takes
 * @param retention how long a delivered message, or a tombstone, is remembered
 */
public record MessageLimits(
    Duration timeout,
    Duration call,
    Duration grace,
    Duration lease,
    Backoff backoff,
    int batch,
    Duration retention) {

  public MessageLimits {
    if (batch < 1) {
      throw new IllegalArgumentException("The batch is at least 1: " + batch);
    }
    if (retention.compareTo(timeout) <= 0) {
      throw new IllegalArgumentException(
          "The retention (" + retention + ") is longer than the timeout (" + timeout + ")");
    }
  }
}
