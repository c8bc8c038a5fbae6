package io.tcc.transaction;

import java.time.Duration;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * One call of a third party.
 *
 * @param notification its id
 * @param number the epoch of the notification when it was made; grows, with gaps where a process
 *     died before it could note the attempt
 * @param at when it began
 * @param latency how long it took
 * @param result what it came to
 * @param status of the HTTP response; null if there was none
 * @param answer the beginning of the response's body; null if there was none
 * @param error why it is not an acknowledgement; null if it is one
 */
public record NotificationAttempt(
    String notification,
    long number,
    Instant at,
    Duration latency,
    Result result,
    @Nullable Integer status,
    @Nullable String answer,
    @Nullable String error) {

  /** What an attempt came to. */
  public enum Result {
    /** The third party has it. */
    ACKNOWLEDGED,
    /** It answered something else. */
    REFUSED,
    /** It answered 410: nothing more is to be sent. */
    GONE,
    /** It did not answer in time. */
    TIMED_OUT,
    /** There was no connection, or it broke. */
    UNREACHABLE,
    /** The address must not be called. */
    BLOCKED
  }
}
