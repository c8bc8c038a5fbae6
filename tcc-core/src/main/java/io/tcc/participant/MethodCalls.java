package io.tcc.participant;

import io.tcc.log.PayloadCodec;
import io.tcc.log.PayloadCodec.Typed;
import io.tcc.participant.MethodParticipant.Completion;
import io.tcc.participant.MethodParticipant.Parameter;
import io.tcc.transaction.Branch;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** Stores what a participant's work was called with, and calls its other methods with that. */
public final class MethodCalls {

  /** Under which the result of the work is stored. */
  private static final String RESULT = "result";

  private final PayloadCodec codec;

  public MethodCalls(PayloadCodec codec) {
    this.codec = codec;
  }

  /**
   * What to store of the arguments of the work.
   *
   * @param values in the order of the method's parameters
   * @throws io.tcc.log.PayloadException if they cannot be stored and read back
   */
  public String stored(MethodParticipant participant, @Nullable Object[] values) {
    Map<String, Typed> named = new LinkedHashMap<>();
    for (int i = 0; i < values.length; i++) {
      MethodParticipant.Argument argument = participant.arguments().get(i);
      named.put(argument.name(), new Typed(argument.type(), values[i]));
    }
    return codec.write(named);
  }

  /** What to store of the result of the work; null if no completion asks for it. */
  public <T extends @Nullable Object> @Nullable Function<T, String> result(
      MethodParticipant participant) {
    var type = participant.resultType();
    return type == null ? null : value -> codec.write(Map.of(RESULT, new Typed(type, value)));
  }

  /**
   * Calls a completing method with what was stored in a branch.
   *
   * @throws Exception what the method threw
   */
  public void call(Completion completion, Branch branch) throws Exception {
    @Nullable Object[] arguments =
        completion.parameters().stream().map(parameter -> value(parameter, branch)).toArray();
    completion.invocation().invoke(arguments);
  }

  private @Nullable Object value(Parameter parameter, Branch branch) {
    if (parameter instanceof Parameter.Stored stored) {
      return codec.read(branch.arguments(), stored.name(), stored.type());
    }
    if (parameter instanceof Parameter.Result result) {
      String stored = branch.result();
      return stored == null ? null : codec.read(stored, RESULT, result.type());
    }
    return branch.id();
  }
}
