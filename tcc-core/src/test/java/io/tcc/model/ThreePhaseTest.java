package io.tcc.model;

import static org.assertj.core.api.Assertions.assertThat;

import io.tcc.model.ThreePhase.Guard;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** State counts and lengths are facts of the model: a number that moves is a change of rules. */
class ThreePhaseTest {

  @Test
  void twoParticipantsEndAlikeHoweverOftenTheInitiatorDies() {
    Exploration exploration = assertSafe(ThreePhase.withAllGuards(2, 0));

    assertThat(exploration.states()).isEqualTo(3_693);
  }

  @Test
  @EnabledIfSystemProperty(named = "tcc.model.large", matches = "true")
  void alsoIfOneOfThemDiesBesides() {
    assertSafe(ThreePhase.withAllGuards(2, 1));
  }

  @Test
  @EnabledIfSystemProperty(named = "tcc.model.large", matches = "true")
  void threeParticipantsEndAlikeToo() {
    assertSafe(ThreePhase.withAllGuards(3, 0).returning(0));
    assertSafe(ThreePhase.withAllGuards(3, 0).returning(1));
    assertSafe(ThreePhase.withAllGuards(3, 1).returning(0));
  }

  @Test
  void ifBothDieTheyCanEndDifferently() {
    assertThat(Explorer.explore(ThreePhase.withAllGuards(2, 2)).counterexample())
        .hasValueSatisfying(trace -> assertThat(trace.end()).isEqualTo("diverged"));
  }

  @ParameterizedTest
  @EnumSource(
      value = Guard.class,
      mode = EnumSource.Mode.EXCLUDE,
      names = "COMMITTED_FORBIDS_ABORT")
  void everyRuleIsNeeded(Guard removed) {
    Exploration exploration = Explorer.explore(ThreePhase.without(removed, 2, 1));

    assertThat(exploration.counterexample())
        .as("%s", exploration)
        .hasValueSatisfying(trace -> assertThat(trace.end()).isIn("diverged", "contradicted"));
  }

  @Test
  void withoutARoundTheyDivergeOnceTheInitiatorDiesBetweenTwoPreCommits() {
    Exploration exploration = Explorer.explore(ThreePhase.without(Guard.TERMINATION_ROUND, 2, 0));

    assertThat(exploration.counterexample())
        .as("%s", exploration)
        .hasValueSatisfying(
            trace -> {
              assertThat(trace.end()).isEqualTo("diverged");
              assertThat(trace.steps()).hasSize(5);
            });
  }

  /** Never stuck: a rest in which the contradiction is known is always in reach. */
  @Test
  void aNetworkThatSplitsCanMakeThemDivergeAndThatAlwaysComesToLight() {
    ThreePhase split = ThreePhase.withSplits(2);

    assertThat(Explorer.find(split, ThreePhase::diverged)).isPresent();
    assertThat(assertSafe(split).states()).isEqualTo(34_379);
  }

  private static Exploration assertSafe(ThreePhase model) {
    Exploration exploration = Explorer.explore(model);

    assertThat(exploration.isSafeAndNeverStuck()).as("%s", exploration).isTrue();
    return exploration;
  }
}
