package io.tcc.transaction;

/** How a global transaction ends, for all of its branches. */
public enum Outcome {
  COMMIT,
  ABORT,
  /**
   * Not the end: everybody has voted yes, rounds are held, and one conditional update will make it
   * COMMIT or ABORT. In decisions only; nobody is ordered to complete with it.
   */
  PRE_COMMIT;

  /** Whether it never changes. */
  public boolean isFinal() {
    return this != PRE_COMMIT;
  }
}
