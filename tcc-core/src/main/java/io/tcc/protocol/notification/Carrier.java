package io.tcc.protocol.notification;

import io.tcc.transaction.Notification;
import java.time.Instant;

/** Calls third parties. */
public interface Carrier {

  /**
   * Makes one attempt, and waits for its answer no longer than the target's timeout. No connection
   * to a database is held meanwhile.
   *
   * @param at the time of the attempt, which is signed
   */
  Answer call(Target target, Notification notification, Instant at);
}
