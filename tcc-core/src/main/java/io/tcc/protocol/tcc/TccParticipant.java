package io.tcc.protocol.tcc;

import java.lang.reflect.Type;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A participant as its annotations describe it.
 *
 * @param name as branch rows carry it
 * @param effectsElsewhere whether Try has effects outside the database that holds the log
 * @param arguments of Try, in order
 * @param resultType what Try returns, if a completion asks for it
 * @param confirm what a commit calls; null for a saga step, whose Try is final
 * @param cancel what an abort calls; null if there is nothing to undo
 */
public record TccParticipant(
    String name,
    boolean effectsElsewhere,
    List<Argument> arguments,
    @Nullable Type resultType,
    @Nullable Completion confirm,
    @Nullable Completion cancel) {

  public TccParticipant {
    arguments = List.copyOf(arguments);
  }

  /** An argument of Try. */
  public record Argument(String name, Type type) {}

  /** A Confirm or Cancel method: what it is called with, and how. */
  public record Completion(List<Parameter> parameters, Invocation invocation) {
    public Completion {
      parameters = List.copyOf(parameters);
    }
  }

  /** Where a parameter of Confirm or Cancel gets its value from. */
  public sealed interface Parameter {

    /** From the argument of Try of that name. */
    record Stored(String name, Type type) implements Parameter {}

    /** From what Try returned. */
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
