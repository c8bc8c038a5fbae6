package io.tcc.model;

import static org.assertj.core.api.Assertions.assertThat;

import io.tcc.model.Exploration.Step;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.BiConsumer;
import org.junit.jupiter.api.Test;

class ExplorerTest {

  private static final Map<String, List<String>> WAYS =
      Map.of("start", List.of("detour", "end", "trap"), "detour", List.of("end"));

  @Test
  void everyReachableStateIsVisitedOnce() {
    assertThat(Explorer.explore(new Graph(WAYS, Set.of("end", "trap"), Set.of())))
        .isEqualTo(new Exploration(4, 0, Optional.empty()));
  }

  @Test
  void theWayToAViolationIsAShortestOne() {
    Exploration exploration = Explorer.explore(new Graph(WAYS, Set.of("end"), Set.of("end")));

    assertThat(exploration.counterexample().orElseThrow().end()).isEqualTo("at end");
    assertThat(exploration.counterexample().orElseThrow().steps())
        .containsExactly(new Step("start to end", "end"));
  }

  @Test
  void aStateThatNeverComesToRestIsStuck() {
    Map<String, List<String>> circle =
        Map.of("start", List.of("end", "a"), "a", List.of("b"), "b", List.of("a"));

    Exploration exploration = Explorer.explore(new Graph(circle, Set.of("end"), Set.of()));

    assertThat(exploration.stuck()).isEqualTo(2);
    assertThat(exploration.isSafeAndNeverStuck()).isFalse();
    assertThat(exploration.counterexample().orElseThrow().end()).isEqualTo("stuck");
    assertThat(exploration.counterexample().orElseThrow().steps())
        .containsExactly(new Step("start to a", "a"));
  }

  @Test
  void aCounterexampleIsPrintedLineByLine() {
    Exploration exploration = Explorer.explore(new Graph(WAYS, Set.of("end"), Set.of("end")));

    assertThat(exploration.toString().lines().map(line -> line.replaceAll(" +", " ").strip()))
        .containsExactly("4 states, at end after 1 steps:", "1. start to end end");
  }

  @Test
  void whatCannotHappenIsNotFound() {
    Graph graph = new Graph(WAYS, Set.of("end"), Set.of());

    assertThat(Explorer.find(graph, "detour"::equals)).isPresent();
    assertThat(Explorer.find(graph, "elsewhere"::equals)).isEmpty();
  }

  private record Graph(Map<String, List<String>> ways, Set<String> resting, Set<String> bad)
      implements Model<String> {

    @Override
    public String initial() {
      return "start";
    }

    @Override
    public void steps(String from, BiConsumer<String, String> step) {
      ways.getOrDefault(from, List.of()).forEach(to -> step.accept(from + " to " + to, to));
    }

    @Override
    public Optional<String> violation(String state) {
      return bad.contains(state) ? Optional.of("at " + state) : Optional.empty();
    }

    @Override
    public boolean isFinal(String state) {
      return resting.contains(state);
    }
  }
}
