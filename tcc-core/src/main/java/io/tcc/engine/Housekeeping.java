package io.tcc.engine;

import java.time.Duration;
import java.time.Instant;
import java.util.function.IntSupplier;

/**
 * Deletes what finished longer ago than its retention, from time to time: a batch of each kind; the
 * next one with the next pass while there is as much as that, otherwise a minute later. What is old
 * is in no hurry, and looking for it costs a query for each kind.
 *
 * <p>Threads that come at the same time may purge both, which harms nothing.
 */
public final class Housekeeping {

  private static final Duration BETWEEN = Duration.ofMinutes(1);

  private final int batch;
  private volatile Instant next = Instant.EPOCH;

  /**
   * @param batch how many rows of a kind are as many as one pass may delete
   */
  public Housekeeping(int batch) {
    this.batch = batch;
  }

  /**
   * Deletes a batch of each kind, if it is time to. If one throws, the next pass tries again.
   *
   * @param kinds each deletes about a batch, and returns how many rows that were
   * @return how many rows were deleted
   */
  public int purge(Instant now, IntSupplier... kinds) {
    // What is further away than that was set by a clock that has been put back since.
    if (now.isBefore(next) && !next.isAfter(now.plus(BETWEEN))) {
      return 0;
    }
    int deleted = 0;
    boolean more = false;
    for (IntSupplier each : kinds) {
      int ofKind = each.getAsInt();
      deleted += ofKind;
      more |= ofKind >= batch;
    }
    next = more ? now : now.plus(BETWEEN);
    return deleted;
  }

  /** Whether the purge at that time deleted so much that there may be more. */
  public boolean hasMore(Instant now) {
    return next.equals(now);
  }
}
