package io.tcc.transaction;

/** Where a decided transaction stands. */
public enum DecisionState {
  /** Participants are being told, until all have acknowledged. */
  DRIVING,
  /** Attempts are exhausted or a participant contradicts: an operator is needed. */
  PARKED,
  /**
   * A participant had decided alone, otherwise: the outcomes differ, until an operator resolves it.
   */
  DIVERGED,
  /** All participants have acknowledged. */
  DONE
}
