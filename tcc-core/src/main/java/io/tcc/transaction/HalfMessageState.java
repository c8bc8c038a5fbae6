package io.tcc.transaction;

/**
 * Where a transactional message stands, as the row tells it that decides over it. {@code WORKING →
 * COMMITTED → DELIVERED}, or {@code HELD → COMMITTED → DELIVERED}; {@code ROLLED_BACK} is a
 * tombstone, put in the place of a row that never came. The last two never change.
 */
public enum HalfMessageState {
  /**
   * Its business change is at work. Seen by nobody but the local transaction that makes the change:
   * a durable row in this state can never be committed any more.
   */
  WORKING,
  /** Born inside a global transaction that is not decided here yet; has no half message. */
  HELD,
  /** Its business change is durable; the broker is not known to deliver it. */
  COMMITTED,
  /** The broker has acknowledged that it delivers it; or there was nothing to tell. */
  DELIVERED,
  /** Its business change is not durable, and will never be. */
  ROLLED_BACK,
  /** Its business change is durable; nothing more is tried, and an operator is waited for. */
  PARKED;

  /** Whether the business change is durable, so that the message has to be delivered. */
  public boolean isCommitted() {
    return this == COMMITTED || this == DELIVERED || this == PARKED;
  }
}
