package io.tcc.model;

import java.util.List;
import java.util.Optional;

/**
 * What an exploration found.
 *
 * @param states how many states were visited
 * @param stuck from how many of them no final state can be reached any more; 0 if a violation ended
 *     the exploration before that was asked
 * @param counterexample the shortest way to a violation or, if there is none, to a stuck state
 */
record Exploration(int states, int stuck, Optional<Trace> counterexample) {

  /** Neither a violation nor a state that no final state can be reached from. */
  boolean isSafeAndNeverStuck() {
    return counterexample.isEmpty();
  }

  @Override
  public String toString() {
    return counterexample
        .map(trace -> states + " states, " + trace)
        .orElse(states + " states, safe and never stuck");
  }

  /**
   * A shortest way to a state.
   *
   * @param end what is to be said of that state
   * @param steps what happens on the way
   */
  record Trace(String end, List<Step> steps) {

    Trace {
      steps = List.copyOf(steps);
    }

    @Override
    public String toString() {
      StringBuilder text = new StringBuilder(end);
      text.append(" after ").append(steps.size()).append(" steps:");
      for (int n = 1; n <= steps.size(); n++) {
        Step step = steps.get(n - 1);
        text.append(String.format("%n%3d. %-52s %s", n, step.happens(), step.state()));
      }
      return text.toString();
    }
  }

  /** What happens, and the state after it, as text. */
  record Step(String happens, String state) {}
}
