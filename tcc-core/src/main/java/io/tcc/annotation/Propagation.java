package io.tcc.annotation;

/** How a {@link GlobalTx} method behaves where a global transaction is, or is not, running. */
public enum Propagation {
  /** Join the running one, or begin. A joined method never completes the outer transaction. */
  REQUIRED,
  /** Always begin; a running one is set aside meanwhile and not affected. */
  REQUIRES_NEW,
  /** Join the running one, or run without. */
  SUPPORTS,
  /** Join the running one, or fail. */
  MANDATORY,
  /** Set a running one aside and run without. */
  NOT_SUPPORTED,
  /** Fail where one is running. */
  NEVER
}
