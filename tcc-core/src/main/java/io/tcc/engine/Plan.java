package io.tcc.engine;

import io.tcc.log.LocalSettings;
import java.time.Duration;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * How a global transaction is to be run.
 *
 * @param name for people, at most 200 characters
 * @param timeout of the work phase
 * @param rollsBack which throwables of the work abort the transaction
 * @param waits whether the caller waits for the participants after the decision
 * @param local how to open the local transaction that spans the whole work phase and holds the
 *     decision too; null if there is to be none
 */
public record Plan(
    String name,
    Duration timeout,
    Predicate<Throwable> rollsBack,
    boolean waits,
    @Nullable LocalSettings local) {

  /** Longest name, in characters. */
  public static final int MAX_NAME = 200;

  public Plan {
    requireName(name);
  }

  /**
   * Checks that a name can be stored.
   *
   * @throws IllegalArgumentException if it cannot
   */
  public static void requireName(String name) {
    if (name.isBlank() || name.length() > MAX_NAME) {
      throw new IllegalArgumentException(
          "The name of a global transaction has 1 to 200 characters: " + name);
    }
  }
}
