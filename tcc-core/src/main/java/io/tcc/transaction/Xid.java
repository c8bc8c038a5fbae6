package io.tcc.transaction;

import java.util.regex.Pattern;

/**
 * Identity of a global transaction: the time when it began, in milliseconds, and 80 random bits.
 *
 * @param value 32 lower-case hexadecimal digits
 */
public record Xid(String value) {

  private static final Pattern FORM = Pattern.compile("[0-9a-f]{32}");

  public Xid {
    if (!FORM.matcher(value).matches()) {
      throw new IllegalArgumentException(
          "An xid has 32 lower-case hexadecimal digits, this has not: " + Abridged.text(value, 40));
    }
  }

  @Override
  public String toString() {
    return value;
  }
}
