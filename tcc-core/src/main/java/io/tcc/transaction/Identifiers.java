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
    String milliseconds = HexFormat.of().toHexDigits(time.toEpochMilli(), 12);
    return milliseconds + next().substring(milliseconds.length());
  }
}
