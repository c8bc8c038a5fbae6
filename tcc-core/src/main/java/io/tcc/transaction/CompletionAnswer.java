package io.tcc.transaction;

/**
 * What a site answers to a {@link CompletionOrder}.
 *
 * @param verdict whether it is complete
 * @param detail for people; empty if complete
 */
public record CompletionAnswer(Verdict verdict, String detail) {

  /** All branches have the ordered outcome, durably. */
  public static final CompletionAnswer DONE = new CompletionAnswer(Verdict.DONE, "");

  /** How an order ended. */
  public enum Verdict {
    /** All branches have the ordered outcome, durably. */
    DONE,
    /** Not all yet: try again later. */
    RETRY,
    /** A different outcome is already durable there; repeating cannot help. */
    CONFLICT
  }

  public static CompletionAnswer retry(String detail) {
    return new CompletionAnswer(Verdict.RETRY, detail);
  }

  public static CompletionAnswer conflict(String detail) {
    return new CompletionAnswer(Verdict.CONFLICT, detail);
  }

  /** The answer for both of two parts of a site. */
  public CompletionAnswer and(CompletionAnswer other) {
    if (verdict == Verdict.DONE || other.verdict == Verdict.DONE) {
      return verdict == Verdict.DONE ? other : this;
    }
    return new CompletionAnswer(
        verdict == Verdict.CONFLICT ? verdict : other.verdict, detail + "; " + other.detail);
  }
}
