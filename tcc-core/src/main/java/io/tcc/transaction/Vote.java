package io.tcc.transaction;

/** What a participant says at the end of its work about the outcome of the transaction. */
public enum Vote {
  /** The work is done and durable, and can be committed or rolled back, whatever happens. */
  YES,
  /** Nothing was changed: the outcome does not matter here. */
  READ_ONLY,
  /** The transaction must abort. */
  NO
}
