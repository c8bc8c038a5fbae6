package io.tcc.annotation;

/** What the caller of a {@link GlobalTx} method waits for. The outcome is the same either way. */
public enum Completion {
  /**
   * The decision is durable, and every participant was told and answered, or {@code
   * tcc.completion-timeout} passed: those that did not answer are told again by recovery.
   */
  CONFIRMED,
  /** The decision is durable; participants are told in the background. */
  DECIDED
}
