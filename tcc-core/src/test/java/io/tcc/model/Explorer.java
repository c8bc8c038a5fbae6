package io.tcc.model;

import io.tcc.model.Exploration.Step;
import io.tcc.model.Exploration.Trace;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.Predicate;

/**
 * Visits every reachable state of a model:
 *
 * <ol>
 *   <li>Breadth first, so that the first way found to a state is a shortest one.
 *   <li>The first state with a violation ends it; the way there is the counterexample.
 *   <li>Liveness: backwards from all final states along all steps. A state that is not met so is
 *       stuck: whatever happens from there on, the system never comes to rest.
 * </ol>
 *
 * @param <S> the states of the model
 */
final class Explorer<S> {

  /** More states than this are a mistake in the model, or one that belongs cut in two. */
  private static final int LIMIT = 2_000_000;

  private static final int NO_PARENT = -1;

  private final Model<S> model;
  private final List<S> states = new ArrayList<>();
  private final Map<S, Integer> numbers = new HashMap<>();
  private final Numbers parents = new Numbers();
  private final Numbers sources = new Numbers();
  private final Numbers targets = new Numbers();

  private Explorer(Model<S> model) {
    this.model = model;
  }

  /** Visits all states, or as many as it takes to find a violation. */
  static <S> Exploration explore(Model<S> model) {
    return new Explorer<>(model).explore();
  }

  /**
   * The shortest way to a state that fulfils a condition; empty if no reachable state does. Shows
   * that a model without violations is not merely one in which nothing happens.
   */
  static <S> Optional<Trace> find(Model<S> model, Predicate<S> condition) {
    Explorer<S> explorer = new Explorer<>(model);
    return explorer
        .visit(state -> condition.test(state) ? Optional.of("found") : Optional.empty())
        .map(found -> explorer.trace(found.reason(), found.number()));
  }

  private Exploration explore() {
    Optional<Found> violation = visit(model::violation);
    if (violation.isPresent()) {
      Found found = violation.get();
      return new Exploration(states.size(), 0, Optional.of(trace(found.reason(), found.number())));
    }
    BitSet stuck = stuck();
    return new Exploration(
        states.size(),
        stuck.cardinality(),
        stuck.isEmpty() ? Optional.empty() : Optional.of(trace("stuck", stuck.nextSetBit(0))));
  }

  private record Found(String reason, int number) {}

  /** Visits states, nearest first, until one is what is looked for. */
  private Optional<Found> visit(Function<S, Optional<String>> lookedFor) {
    add(model.initial(), NO_PARENT);
    for (int number = 0; number < states.size(); number++) {
      S state = states.get(number);
      Optional<String> reason = lookedFor.apply(state);
      if (reason.isPresent()) {
        return Optional.of(new Found(reason.get(), number));
      }
      int from = number;
      model.steps(
          state,
          (happens, next) -> {
            sources.add(from);
            targets.add(add(next, from));
          });
    }
    return Optional.empty();
  }

  private int add(S state, int parent) {
    int number = states.size();
    Integer known = numbers.putIfAbsent(state, number);
    if (known != null) {
      return known;
    }
    if (number == LIMIT) {
      throw new IllegalStateException(model + " has more than " + LIMIT + " states");
    }
    states.add(state);
    parents.add(parent);
    return number;
  }

  /** The states that no final state can be reached from, nearest first. */
  private BitSet stuck() {
    // Sources by target, as one array cut into ranges.
    int[] start = new int[states.size() + 1];
    for (int step = 0; step < targets.size(); step++) {
      start[targets.get(step) + 1]++;
    }
    for (int number = 0; number < states.size(); number++) {
      start[number + 1] += start[number];
    }
    int[] sourcesOf = new int[targets.size()];
    int[] filled = start.clone();
    for (int step = 0; step < targets.size(); step++) {
      sourcesOf[filled[targets.get(step)]++] = sources.get(step);
    }
    BitSet comesToRest = new BitSet();
    Numbers toDo = new Numbers();
    for (int number = 0; number < states.size(); number++) {
      if (model.isFinal(states.get(number))) {
        comesToRest.set(number);
        toDo.add(number);
      }
    }
    for (int done = 0; done < toDo.size(); done++) {
      int target = toDo.get(done);
      for (int step = start[target]; step < start[target + 1]; step++) {
        if (!comesToRest.get(sourcesOf[step])) {
          comesToRest.set(sourcesOf[step]);
          toDo.add(sourcesOf[step]);
        }
      }
    }
    BitSet stuck = new BitSet();
    stuck.set(0, states.size());
    stuck.andNot(comesToRest);
    return stuck;
  }

  private Trace trace(String end, int last) {
    List<Step> steps = new ArrayList<>();
    for (int number = last; parents.get(number) != NO_PARENT; number = parents.get(number)) {
      S state = states.get(number);
      List<String> ways = new ArrayList<>();
      model.steps(
          states.get(parents.get(number)),
          (happens, next) -> {
            if (next.equals(state)) {
              ways.add(happens);
            }
          });
      steps.add(new Step(ways.get(0), model.describe(state)));
    }
    Collections.reverse(steps);
    return new Trace(end, steps);
  }

  /** A growing list of numbers, without an object for each of them. */
  private static final class Numbers {

    private int[] values = new int[1024];
    private int size;

    void add(int value) {
      if (size == values.length) {
        values = Arrays.copyOf(values, size * 2);
      }
      values[size++] = value;
    }

    int get(int index) {
      return values[index];
    }

    int size() {
      return size;
    }
  }
}
