package io.tcc.model;

import java.util.Optional;
import java.util.function.BiConsumer;

/**
 * A system as a graph of states. Every step is atomic; whatever may happen at a moment, crashes and
 * lost messages included, is a step.
 *
 * @param <S> a state: immutable, with {@code equals} and {@code hashCode} by value
 */
interface Model<S> {

  S initial();

  /** Hands over every step that is possible in a state: what happens, and the state after it. */
  void steps(S from, BiConsumer<String, S> step);

  /** What must never be true, and is in this state. */
  Optional<String> violation(S state);

  /** Whether the system may rest in this state for ever. */
  boolean isFinal(S state);

  /** A state in words, for the reader of a counterexample. */
  default String describe(S state) {
    return String.valueOf(state);
  }
}
