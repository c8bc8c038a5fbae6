package io.tcc.participant;

import io.tcc.context.Frame;
import io.tcc.transaction.Work;
import org.jspecify.annotations.Nullable;

/** A protocol whose participants are made of methods. */
public interface MethodProtocol {

  /**
   * Makes a participant known, so that its branches can be completed.
   *
   * @throws IllegalStateException if its name is taken
   */
  void register(MethodParticipant participant);

  /**
   * Runs the work of a registered participant as a branch of the frame's transaction.
   *
   * @param arguments of the work, in order
   * @param isolation of the local transaction, see {@link
   *     io.tcc.log.LocalSettings#DEFAULT_ISOLATION}
   * @throws io.tcc.log.PayloadException if the arguments cannot be stored; nothing has happened
   * @throws X what the work threw
   */
  <T extends @Nullable Object, X extends Throwable> T perform(
      MethodParticipant participant,
      Frame frame,
      @Nullable Object[] arguments,
      int isolation,
      Work<T, X> work)
      throws X;
}
