package io.tcc.transaction;

/**
 * Where a stored message stands. {@code HELD → PENDING → SENT → CONSUMED | REJECTED}, or {@code
 * DEAD}, from where an operator takes it to {@code PENDING} or {@code DISCARDED}, and a late reply
 * to {@code CONSUMED | REJECTED}. Terminal states never change.
 */
public enum MessageState {
  /** Born inside a global transaction that is not decided here yet. */
  HELD,
  /** Waits to be sent, or is being sent. */
  PENDING,
  /** The carrier, or the receiver, has taken it over. */
  SENT,
  /** The receiver's listener has returned. */
  CONSUMED,
  /** The receiver's listener has refused it for a reason of its business. */
  REJECTED,
  /** Nothing more is tried; waits for an operator. */
  DEAD,
  /** An operator has given it up. */
  DISCARDED;

  public boolean isTerminal() {
    return this == CONSUMED || this == REJECTED || this == DISCARDED;
  }
}
