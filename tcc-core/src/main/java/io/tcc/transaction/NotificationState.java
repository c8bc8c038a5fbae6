package io.tcc.transaction;

/**
 * Where a notification stands: {@code PENDING → DELIVERED | GIVEN_UP}. A late acknowledgement moves
 * it from {@code GIVEN_UP} to {@code DELIVERED}; an operator can have it told again.
 */
public enum NotificationState {
  /** To be told; an attempt is under way, or due at a certain time. */
  PENDING,
  /** Acknowledged. */
  DELIVERED,
  /** The schedule is exhausted, or the third party wants to hear nothing more. */
  GIVEN_UP
}
