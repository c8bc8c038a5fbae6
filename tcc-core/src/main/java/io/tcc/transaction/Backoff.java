package io.tcc.transaction;

import java.time.Duration;

/**
 * Growing delays between attempts.
 *
 * @param first delay after the first failed attempt
 * @param factor by which each delay is longer than the one before, at least 1
 * @param longest delay
 * @param attempts after which nothing is tried any more, at least 1
 */
public record Backoff(Duration first, double factor, Duration longest, int attempts) {

  public Backoff {
    if (first.isNegative() || first.isZero() || longest.compareTo(first) < 0) {
      throw new IllegalArgumentException(
          "Delays are positive, and the longest not shorter than the first: "
              + first
              + ", "
              + longest);
    }
    if (factor < 1 || attempts < 1) {
      throw new IllegalArgumentException(
          "Factor and attempts are at least 1: " + factor + ", " + attempts);
    }
  }

  /** The delay after so many failed attempts, counted from 1. */
  public Duration delay(int failed) {
    double millis = first.toMillis() * Math.pow(factor, Math.max(0, failed - 1));
    return millis >= longest.toMillis() ? longest : Duration.ofMillis((long) millis);
  }

  /** Whether nothing more is to be tried. */
  public boolean isExhausted(int failed) {
    return failed >= attempts;
  }
}
