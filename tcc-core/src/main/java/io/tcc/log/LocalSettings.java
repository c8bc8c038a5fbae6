package io.tcc.log;

import java.time.Duration;

/**
 * How a local transaction around business code is opened.
 *
 * @param isolation a constant of {@link java.sql.Connection}, or {@link #DEFAULT_ISOLATION}
 * @param timeout bound of each statement, rounded up to seconds
 */
public record LocalSettings(int isolation, Duration timeout) {

  /** The database's own isolation level. */
  public static final int DEFAULT_ISOLATION = -1;
}
