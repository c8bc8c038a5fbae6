package io.tcc.log;

import java.time.Instant;

/** Who this log is. Every method works in the current local transaction. */
public interface IdentityLog {

  /**
   * Gives the log another identity; the one that it had is remembered as retired.
   *
   * @param current the identity that is in force
   * @param next 32 random hexadecimal digits
   * @return false if {@code current} is not in force; nothing was changed then
   */
  boolean replace(String current, String next, Instant now);
}
