package io.tcc.testing;

import static io.tcc.testing.TestDatabase.H2;
import static io.tcc.testing.TestDatabase.MARIADB;
import static io.tcc.testing.TestDatabase.POSTGRESQL;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Optional;
import org.junit.jupiter.api.Test;

class ChosenDatabasesTest {

  private static final Optional<String> NO_OBSTACLE = Optional.empty();
  private static final Optional<String> WRONG_PROCESSOR = Optional.of("wrong processor");

  private final ChosenDatabases all = new ChosenDatabases(Optional.empty());
  private final ChosenDatabases two = new ChosenDatabases(Optional.of("h2, PostgreSQL"));

  @Test
  void withoutAChoiceAllRun() {
    assertThat(all.reasonToSkip(MARIADB, () -> NO_OBSTACLE)).isEmpty();
  }

  @Test
  void withoutAChoiceWhatCannotRunIsSkippedWithTheReason() {
    assertThat(all.reasonToSkip(MARIADB, () -> WRONG_PROCESSOR).orElseThrow())
        .isEqualTo("MARIADB cannot run here: wrong processor");
  }

  @Test
  void whatWasNotChosenIsSkippedUnseen() {
    assertThat(
            two.reasonToSkip(
                MARIADB,
                () -> {
                  throw new AssertionError("looked for obstacles");
                }))
        .hasValueSatisfying(reason -> assertThat(reason).contains("h2, PostgreSQL"));
  }

  @Test
  void whatWasChosenRuns() {
    assertThat(two.reasonToSkip(H2, () -> NO_OBSTACLE)).isEmpty();
    assertThat(two.reasonToSkip(POSTGRESQL, () -> NO_OBSTACLE)).isEmpty();
  }

  @Test
  void whatWasChosenAndCannotRunFails() {
    assertThatThrownBy(() -> two.reasonToSkip(POSTGRESQL, () -> WRONG_PROCESSOR))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("wrong processor");
  }

  @Test
  void anUnknownNameFailsAndTellsTheKnownOnes() {
    assertThatThrownBy(
            () -> new ChosenDatabases(Optional.of("oracle")).reasonToSkip(H2, () -> NO_OBSTACLE))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("oracle")
        .hasMessageContaining("POSTGRESQL");
  }
}
