package io.tcc.transport;

import io.tcc.transaction.CallPath;
import io.tcc.transaction.Enlisted;
import java.util.List;

/** The text that tells a caller what its call has enlisted. */
final class EnlistedHeader {

  /** Its name. */
  static final String NAME = "Tcc-Enlisted";

  private EnlistedHeader() {}

  /** Writes it; what is too long becomes unknown. */
  static String write(Enlisted enlisted, int limit) {
    String text = enlisted.toString();
    return text.length() <= limit ? text : Enlisted.UNKNOWN.toString();
  }

  /**
   * Reads the answer to a call.
   *
   * @param values of the header
   * @throws IllegalArgumentException if they tell nothing; the message says what was wrong
   */
  static Enlisted read(List<String> values, CallPath call, int limit) {
    if (values.size() != 1) {
      throw new IllegalArgumentException(
          values.isEmpty()
              ? "its response has no " + NAME + " header"
              : "its response has " + values.size() + " " + NAME + " headers");
    }
    String text = values.get(0).trim();
    if (text.length() > limit) {
      throw new IllegalArgumentException(
          "its " + NAME + " header has " + text.length() + " characters");
    }
    Enlisted enlisted = Enlisted.parse(text);
    enlisted.enlistments().stream()
        .flatMap(enlistment -> enlistment.paths().stream())
        .filter(path -> !(path + ".").startsWith(call + "."))
        .findFirst()
        .ifPresent(
            path -> {
              throw new IllegalArgumentException(
                  "its " + NAME + " header names call " + path + ", which is not part of it");
            });
    return enlisted;
  }
}
