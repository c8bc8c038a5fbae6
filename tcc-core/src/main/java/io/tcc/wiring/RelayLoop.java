package io.tcc.wiring;

import io.tcc.protocol.outbox.Relay;
import java.time.Duration;
import java.util.function.Supplier;

/** Calls the relay of the local message table again and again, and at once when told to. */
public final class RelayLoop extends PassLoop {

  /**
   * @param pass starts one
   * @param synchronize called before each pass
   * @param interval between two passes that are not full, if nobody wakes it
   */
  public RelayLoop(Supplier<Relay.Pass> pass, Runnable synchronize, Duration interval) {
    super("relay", pass, synchronize, interval);
  }
}
