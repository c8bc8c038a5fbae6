package io.tcc.annotation;

/** When the branch row of a {@link Try} or {@link Prepare} becomes durable. */
public enum Recording {
  /**
   * In the local transaction of the business change: both or neither. Confirm and Cancel take
   * effect exactly once, because they too commit together with the branch row.
   */
  ATOMIC,
  /**
   * For effects outside this database (a payment provider, a file): the intent is committed first,
   * then the method runs without a local transaction, then its end is recorded. Confirm and Cancel
   * are at-least-once: their effect may happen and the commit that records it be lost; make them
   * idempotent, {@code BranchId} as a parameter gives them a stable key. Costs one commit more.
   * Cancel may be called although the method threw, or never got further than its first line.
   */
  BEFORE
}
