package io.tcc.protocol.message;

/** The answer to a check-back. */
public enum Verdict {
  /** The business change is durable. */
  COMMIT,
  /** The business change is not durable, and will never be. */
  ROLLBACK,
  /** Not known yet, or not here; to be asked again. */
  UNKNOWN
}
