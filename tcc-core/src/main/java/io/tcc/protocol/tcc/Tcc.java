package io.tcc.protocol.tcc;

import io.tcc.context.Frame;
import io.tcc.log.PayloadCodec;
import io.tcc.log.PayloadCodec.Typed;
import io.tcc.participant.BranchHandler;
import io.tcc.participant.BranchHandlers;
import io.tcc.participant.BranchWork;
import io.tcc.transaction.Work;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * Try, Confirm, Cancel. Try is a branch's work; Confirm and Cancel complete it. Source: Pat
 * Helland, "Life beyond Distributed Transactions", CIDR 2007, and the Atomikos TCC model; empty
 * cancellation and suspension are ruled out by the fence of each call.
 */
public final class Tcc {

  private final BranchWork work;
  private final BranchHandlers handlers;
  private final PayloadCodec codec;
  private final Map<String, BranchHandler> own = new ConcurrentHashMap<>();

  public Tcc(BranchWork work, BranchHandlers handlers, PayloadCodec codec) {
    this.work = work;
    this.handlers = handlers;
    this.codec = codec;
  }

  /**
   * Makes a participant known, so that its branches can be completed.
   *
   * @throws IllegalStateException if its name is taken
   */
  public void register(TccParticipant participant) {
    BranchHandler handler = new TccHandler(participant, codec);
    handlers.add(handler);
    own.put(participant.name(), handler);
  }

  /**
   * Runs the Try of a registered participant as a branch of the frame's transaction.
   *
   * @param arguments of Try, in order
   * @param isolation of the local transaction
   * @throws io.tcc.log.PayloadException if the arguments cannot be stored; nothing has happened
   * @throws X what Try threw
   */
  public <T extends @Nullable Object, X extends Throwable> T attempt(
      TccParticipant participant,
      Frame frame,
      @Nullable Object[] arguments,
      int isolation,
      Work<T, X> attempt)
      throws X {
    BranchHandler handler = own.get(participant.name());
    if (handler == null) {
      throw new IllegalStateException("Participant " + participant.name() + " is not registered");
    }
    Map<String, Typed> named = new LinkedHashMap<>();
    List<TccParticipant.Argument> declared = participant.arguments();
    for (int i = 0; i < declared.size(); i++) {
      named.put(declared.get(i).name(), new Typed(declared.get(i).type(), arguments[i]));
    }
    var resultType = participant.resultType();
    return work.execute(
        frame,
        handler,
        codec.write(named),
        isolation,
        attempt,
        resultType == null
            ? null
            : result -> codec.write(Map.of(TccHandler.RESULT, new Typed(resultType, result))));
  }
}
