package io.tcc.wiring;

import io.tcc.protocol.message.Redelivery;
import java.time.Duration;

/** Calls redelivery of transactional messages again and again. */
public final class RedeliveryLoop extends PassLoop {

  /**
   * @param interval between two passes that are not full
   */
  public RedeliveryLoop(Redelivery redelivery, Duration interval) {
    super("redelivery", redelivery::runOnce, () -> {}, interval);
  }
}
