package io.tcc.testing;

import java.util.Arrays;
import java.util.EnumSet;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.function.Supplier;
import java.util.stream.Collectors;

/**
 * The kinds a run was narrowed to, and promised, by {@code tcc.test.databases}.
 *
 * @param names kinds separated by commas, in any case; nothing means all that can run
 */
record ChosenDatabases(Optional<String> names) {

  private static final String PROPERTY = "tcc.test.databases";
  private static final String VARIABLE = "TCC_TEST_DATABASES";

  static ChosenDatabases ofThisRun() {
    return new ChosenDatabases(
        Optional.ofNullable(System.getProperty(PROPERTY, System.getenv(VARIABLE)))
            .filter(names -> !names.isBlank()));
  }

  /**
   * Why tests on a kind are skipped, or nothing if they run.
   *
   * @param obstacle what keeps the kind from running here; asked only if it was chosen
   * @throws IllegalStateException if there is an obstacle and the kind was promised by name
   */
  Optional<String> reasonToSkip(TestDatabase kind, Supplier<Optional<String>> obstacle) {
    if (names.isPresent() && !kinds().contains(kind)) {
      return Optional.of("%s is not among %s=%s".formatted(kind, PROPERTY, names.get()));
    }
    Optional<String> reason = obstacle.get().map(text -> kind + " cannot run here: " + text);
    if (names.isPresent() && reason.isPresent()) {
      throw new IllegalStateException(
          "%s, but %s=%s promises it".formatted(reason.get(), PROPERTY, names.get()));
    }
    return reason;
  }

  private Set<TestDatabase> kinds() {
    return Arrays.stream(names.orElse("").split(","))
        .map(String::strip)
        .map(ChosenDatabases::kind)
        .collect(Collectors.toCollection(() -> EnumSet.noneOf(TestDatabase.class)));
  }

  private static TestDatabase kind(String name) {
    try {
      return TestDatabase.valueOf(name.toUpperCase(Locale.ROOT));
    } catch (IllegalArgumentException unknown) {
      throw new IllegalArgumentException(
          "%s: unknown database '%s', known are %s"
              .formatted(PROPERTY, name, Arrays.toString(TestDatabase.values())),
          unknown);
    }
  }
}
