package io.tcc.transaction;

/** How a global transaction ends, for all of its branches. */
public enum Outcome {
  COMMIT,
  ABORT
}
