package io.tcc.transaction;

import java.util.Arrays;
import java.util.regex.Pattern;

/**
 * Where in the tree of calls something happened: {@code 2.1} is the first call made while the
 * initiator's second call was served. {@code 0} is the initiator itself. No two calls of a
 * transaction share a path, so no two branches share a key.
 *
 * <p>What a database prepares for a call is counted as if it were a call itself, in numbers of its
 * own: {@code 2.p1} is the first such branch of call 2, {@code p1} the initiator's first.
 *
 * @param value numbers separated by dots, at most 64 characters
 */
public record CallPath(String value) implements Comparable<CallPath> {

  // Before ROOT, which is checked with it.
  private static final Pattern FORM = Pattern.compile("0|([1-9][0-9]{0,8}\\.)*p?[1-9][0-9]{0,8}");

  private static final int AFTER_ALL_CALLS = 1_000_000_000;

  /** The initiator's own frame. */
  public static final CallPath ROOT = new CallPath("0");

  /** Longest path, in characters. */
  public static final int MAX_LENGTH = 64;

  public CallPath {
    if (value.length() > MAX_LENGTH || !FORM.matcher(value).matches()) {
      throw new IllegalArgumentException(
          "A call path is like 2.1 and has at most 64 characters, this is not: "
              + Abridged.text(value, 80));
    }
  }

  /** The path of the n-th call made from here, counted from 1. */
  public CallPath call(int n) {
    return new CallPath(equals(ROOT) ? Integer.toString(n) : value + "." + n);
  }

  /** The path of the n-th branch that a database prepares for this call, counted from 1. */
  public CallPath prepared(int n) {
    return new CallPath((equals(ROOT) ? "" : value + ".") + "p" + n);
  }

  /** Whether this is a branch that a database prepares, and not a call. */
  public boolean isPrepared() {
    return value.indexOf('p') >= 0;
  }

  /** Whether this is a branch that a database prepares for the initiator's own frame. */
  public boolean isOfInitiator() {
    return value.startsWith("p");
  }

  /** The order in which calls were made: numeric, parents first. */
  @Override
  public int compareTo(CallPath other) {
    return equals(other) ? 0 : Arrays.compare(numbers(), other.numbers());
  }

  private int[] numbers() {
    return Arrays.stream(value.split("\\.")).mapToInt(CallPath::number).toArray();
  }

  private static int number(String part) {
    return part.charAt(0) == 'p'
        ? AFTER_ALL_CALLS + Integer.parseInt(part.substring(1))
        : Integer.parseInt(part);
  }

  @Override
  public String toString() {
    return value;
  }
}
