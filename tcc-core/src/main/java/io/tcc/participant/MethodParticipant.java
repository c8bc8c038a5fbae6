package io.tcc.participant;

import java.lang.reflect.Type;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * A participant that is made of methods: one does its work, others complete it later with what the
 * work was called with and returned.
 *
 * @param name as branch rows carry it
 * @param effectsElsewhere whether it has effects outside the database that holds the log
 * @param arguments of the work, in order
 * @param resultType what the work returns, if a completion asks for it
 * @param completions the methods that complete; a step without one calls nothing
 */
public record MethodParticipant(
    String name,
    boolean effectsElsewhere,
    List<Argument> arguments,
    @Nullable Type resultType,
    Map<Step, Completion> completions) {

  public MethodParticipant {
    arguments = List.copyOf(arguments);
    completions = Map.copyOf(completions);
  }

  /** The method of a step, if there is one. */
  public Optional<Completion> completion(Step step) {
    return Optional.ofNullable(completions.get(step));
  }

  /** An argument of the work. */
  public record Argument(String name, Type type) {}

  /** When a method is called after the work. */
  public enum Step {
    /** All have voted yes, nothing is final (3PC only). */
    PRE_COMMIT,
    /** The outcome is COMMIT. */
    COMMIT,
    /** The outcome is ABORT. */
    ABORT
  }

  /** A completing method: what it is called with, and how. */
  public record Completion(List<Parameter> parameters, Invocation invocation) {
    public Completion {
      parameters = List.copyOf(parameters);
    }
  }

  /** Where a parameter of a completing method gets its value from. */
  public sealed interface Parameter {

    /** From the argument of the work of that name. */
    record Stored(String name, Type type) implements Parameter {}

    /** From what the work returned. */
    record Result(Type type) implements Parameter {}

    /** The branch's key. */
    record Key() implements Parameter {}
  }

  /** Calls a method of a bean. */
  @FunctionalInterface
  public interface Invocation {
    void invoke(@Nullable Object[] arguments) throws Exception;
  }
}
