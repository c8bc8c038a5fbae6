package io.tcc.transaction;

import java.util.List;

/**
 * What a service answers to a call that carried a context: which branches the call left behind,
 * here and further on.
 *
 * @param known false if the list may be incomplete, which forbids the commit
 * @param enlistments what is known to hold branches
 */
public record Enlisted(boolean known, List<Enlistment> enlistments) {

  /** The call left no branch. */
  public static final Enlisted NONE = new Enlisted(true, List.of());

  /** It is not known what the call left. */
  public static final Enlisted UNKNOWN = new Enlisted(false, List.of());

  private static final String UNKNOWN_TEXT = "unknown";
  private static final String NONE_TEXT = "none";

  public Enlisted {
    enlistments = Enlistment.merge(enlistments);
  }

  /**
   * Reads what {@link #toString()} wrote.
   *
   * @throws IllegalArgumentException if the text is not of that form
   */
  public static Enlisted parse(String text) {
    if (text.equals(NONE_TEXT)) {
      return NONE;
    }
    if (text.equals(UNKNOWN_TEXT)) {
      return UNKNOWN;
    }
    return text.startsWith(UNKNOWN_TEXT + ";")
        ? new Enlisted(false, Enlistment.read(text.substring(UNKNOWN_TEXT.length() + 1)))
        : new Enlisted(true, Enlistment.read(text));
  }

  /** {@code none}, {@code unknown}, the enlistments, or {@code unknown;} and the enlistments. */
  @Override
  public String toString() {
    if (enlistments.isEmpty()) {
      return known ? NONE_TEXT : UNKNOWN_TEXT;
    }
    String list = Enlistment.write(enlistments);
    return known ? list : UNKNOWN_TEXT + ";" + list;
  }
}
