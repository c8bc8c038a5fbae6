package io.tcc.transaction;

/** Foreign text, made fit for an error message or a column. */
public final class Abridged {

  private Abridged() {}

  /**
   * The first {@code limit} characters of a text, marked where something was cut; control
   * characters become spaces, so that a log line stays one line.
   */
  public static String text(String text, int limit) {
    String cut = text.length() <= limit ? text : text.substring(0, end(text, limit - 1)) + "…";
    return cut.replaceAll("\\p{Cntrl}", " ");
  }

  /** Not between the two halves of a character: half of one cannot be stored. */
  private static int end(String text, int length) {
    return Character.isHighSurrogate(text.charAt(length - 1)) ? length - 1 : length;
  }
}
