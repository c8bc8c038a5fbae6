package io.tcc.engine;

import io.tcc.transaction.Backoff;
import java.time.Duration;

/**
 * The bounds of the engine.
 *
 * @param call longest wait for one coordination call, and for one statement or lock in completion
 * @param completion longest time that a caller waits for its participants after the decision
 * @param lease after which a transaction whose driver went silent is driven by another instance;
 *     longer than {@code call}
 * @param backoff between attempts to complete a transaction, and how many there are before it is
 *     parked
 * @param batch most transactions, and most branches, that one pass of recovery takes
 * @param retention how long a finished transaction is remembered; older questions are answered with
 *     "forgotten"
 */
public record Limits(
    Duration call,
    Duration completion,
    Duration lease,
    Backoff backoff,
    int batch,
    Duration retention) {

  public Limits {
    if (lease.compareTo(call.multipliedBy(2)) < 0) {
      throw new IllegalArgumentException(
          "The lease ("
              + lease
              + ") is at least twice the longest wait for a call ("
              + call
              + "): a driver that still waits must not be taken for dead");
    }
    if (batch < 1) {
      throw new IllegalArgumentException("The batch is at least 1: " + batch);
    }
  }
}
