package io.tcc.transaction;

import java.time.Duration;
import java.time.Instant;

/**
 * What every service involved knows of a transaction.
 *
 * @param xid its identity
 * @param initiator who decides, and in which log
 * @param begun when it began, on the initiator's clock
 * @param timeout time for its work phase; past {@code begun + timeout} nothing can commit any more
 */
public record GlobalTransaction(Xid xid, Site initiator, Instant begun, Duration timeout) {

  /** Times beyond it are no times to every database. */
  private static final Instant END = Instant.parse("9999-01-01T00:00:00Z");

  public GlobalTransaction {
    if (timeout.isNegative() || timeout.isZero()) {
      throw new IllegalArgumentException("The timeout of a transaction is positive: " + timeout);
    }
    requireTime(begun);
    requireTime(begun.plus(timeout));
  }

  /** Checks that a transaction may begin or end at a time. */
  static void requireTime(Instant time) {
    if (time.isBefore(Instant.EPOCH) || !time.isBefore(END)) {
      throw new IllegalArgumentException(
          "A transaction begins and ends between 1970 and 9998, not at " + time);
    }
  }

  /** End of the work phase, on the initiator's clock. */
  public Instant deadline() {
    return begun.plus(timeout);
  }
}
