package io.tcc.protocol.notification;

import java.time.Duration;

/**
 * The bounds of notification.
 *
 * @param statement longest wait for one statement or lock
 * @param lease after which a notification whose sender went silent is taken by another instance; at
 *     least twice the longest timeout of a target
 * @param batch most notifications of a target that one pass takes, and that it deletes
 * @param waiting most notifications of a target that wait in memory for their first call
 * @param retryAfter longest delay that a third party can ask for
 * @param retention how long a finished notification can be asked for
 */
public record NotificationLimits(
    Duration statement,
    Duration lease,
    int batch,
    int waiting,
    Duration retryAfter,
    Duration retention) {

  public NotificationLimits {
    if (batch < 1 || waiting < 1) {
      throw new IllegalArgumentException("Batches are at least 1: " + batch + ", " + waiting);
    }
  }

  /**
   * Checks a target against the bounds.
   *
   * @throws IllegalArgumentException if a call of it may outlast the lease
   */
  void require(Target target) {
    if (lease.compareTo(target.timeout().multipliedBy(2)) < 0) {
      throw new IllegalArgumentException(
          "The lease ("
              + lease
              + ") is at least twice the timeout of target "
              + target.name()
              + " ("
              + target.timeout()
              + "): an instance that still waits must not be taken for dead");
    }
  }
}
