package io.tcc.transport.http;

import io.tcc.transaction.Site;
import java.util.List;
import java.util.Map;

/**
 * A good call to one endpoint, from which {@link RefusedCallsTest} derives hostile ones. An
 * endpoint without an example fails that test.
 */
interface EndpointExample {

  /** The endpoint that it is for. */
  String operation();

  /**
   * Makes the service ready for a call that will change its tables, and returns the call's body: a
   * JSON object.
   *
   * @param sender who will call
   */
  Map<String, Object> prepare(RunningService receiver, Site sender);

  /**
   * By field, what must not be accepted there beyond other JSON types than that of the good call.
   */
  Map<String, List<Object>> malformed();

  /** Whether the call has to name the log that it is meant for. */
  boolean namesItsAddresseesLog();

  /** Whether the call has to name the log that it comes from. */
  boolean namesItsSendersLog();

  /** Whether the same call changes nothing when it comes again. */
  default boolean repeatedChangesNothing() {
    return true;
  }
}
