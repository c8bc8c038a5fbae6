package io.tcc.testing;

import java.util.Arrays;
import java.util.EnumSet;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/** The kinds a run was narrowed to by {@code tcc.test.databases}; all of them without it. */
final class ChosenDatabases {

  private static final String PROPERTY = "tcc.test.databases";
  private static final String VARIABLE = "TCC_TEST_DATABASES";

  private ChosenDatabases() {}

  static boolean includes(TestDatabase kind) {
    return setting().isEmpty() || demands(kind);
  }

  static boolean demands(TestDatabase kind) {
    return setting().map(ChosenDatabases::parse).orElse(Set.of()).contains(kind);
  }

  static String text() {
    return PROPERTY + "=" + setting().orElse("");
  }

  static Set<TestDatabase> parse(String names) {
    return Arrays.stream(names.split(","))
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

  private static Optional<String> setting() {
    return Optional.ofNullable(System.getProperty(PROPERTY, System.getenv(VARIABLE)))
        .filter(names -> !names.isBlank());
  }
}
