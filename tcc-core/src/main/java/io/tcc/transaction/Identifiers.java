package io.tcc.transaction;

import java.time.Instant;
import java.util.HexFormat;

/** Source of random identities. */
@FunctionalInterface
public interface Identifiers {

  /** 128 random bits as 32 lower-case hexadecimal digits, never the same twice. */
  String next();

  /**
   * An identity that begins with a time: 48 bits of milliseconds, then 80 random bits. Keys that
   * are made one after another stand side by side in an index then, which costs a database far less
   * than to look all over it. Source: UUID version 7, RFC 9562, without its fixed bits.
   */
  default String next(Instant time) {
    String beginning = beginning(time);
    return beginning + next().substring(beginning.length());
  }

  /** How the identities of a time begin; those of earlier times are less than it. */
  static String beginning(Instant time) {
    return HexFormat.of().toHexDigits(time.toEpochMilli(), 12);
  }
}
