package io.tcc.transaction;

/** Where a decided transaction stands. The outcome is final in all of them. */
public enum DecisionState {
  /** Participants are being told, until all have acknowledged. */
  DRIVING,
  /** Attempts are exhausted or a participant contradicts: an operator is needed. */
  PARKED,
  /** All participants have acknowledged. */
  DONE
}
