package io.tcc.transport.http;

import io.tcc.transport.MessageRefusedException;

/**
 * What a coordination call to one path does. {@link CoordinationServlet} has refused, before it
 * gets here, what must not be believed; a call that is repeated has to change nothing.
 *
 * @param <M> what a call says
 */
public interface CoordinationEndpoint<M> {

  /** Its path below that of the servlet, such as {@code /commit}; also part of what is signed. */
  String operation();

  /** Whether it also answers for identities that the log here has given up. */
  default boolean answersForRetiredLogs() {
    return false;
  }

  /**
   * Reads a call, and changes nothing.
   *
   * @throws RuntimeException if it is not exactly of the form that it should have: it is refused as
   *     malformed
   */
  M read(CoordinationCall call);

  /**
   * Does what the call asks for.
   *
   * @throws MessageRefusedException if whoever sent it must not ask for that
   * @throws RuntimeException if it cannot be done now: the caller is told to try again
   */
  CoordinationReply answer(M message) throws MessageRefusedException;
}
