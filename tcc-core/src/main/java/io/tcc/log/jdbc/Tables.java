package io.tcc.log.jdbc;

import java.util.regex.Pattern;

/**
 * Names of the log's tables.
 *
 * @param prefix of all of them: letters, digits and underscores, at most 20; {@code tcc_} by
 *     default
 */
public record Tables(String prefix) {

  /** The prefix in the DDL files and in the SQL of this package. */
  static final String DEFAULT_PREFIX = "tcc_";

  private static final Pattern FORM = Pattern.compile("[A-Za-z][A-Za-z0-9_]{0,19}");

  public Tables {
    if (!FORM.matcher(prefix).matches()) {
      throw new IllegalArgumentException(
          "The table prefix has 1 to 20 letters, digits and underscores and starts with a letter,"
              + " this has not: "
              + prefix);
    }
  }

  /** Tables named {@code tcc_…}. */
  public static Tables withDefaultPrefix() {
    return new Tables(DEFAULT_PREFIX);
  }

  /** SQL that is written with the default prefix, with the configured one. */
  String in(String sql) {
    return prefix.equals(DEFAULT_PREFIX) ? sql : sql.replaceAll("\\b" + DEFAULT_PREFIX, prefix);
  }
}
