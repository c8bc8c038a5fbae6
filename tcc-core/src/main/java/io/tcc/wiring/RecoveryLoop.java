package io.tcc.wiring;

import io.tcc.engine.Recovery;
import java.time.Duration;
import java.util.function.Supplier;

/** Calls recovery again and again. */
public final class RecoveryLoop extends PassLoop {

  /**
   * @param pass starts one
   * @param synchronize called before each pass
   * @param interval between two passes that are not full
   */
  public RecoveryLoop(Supplier<Recovery.Pass> pass, Runnable synchronize, Duration interval) {
    super("recovery", pass, synchronize, interval);
  }
}
