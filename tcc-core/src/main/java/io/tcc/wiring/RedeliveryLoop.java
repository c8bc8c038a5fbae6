package io.tcc.wiring;

import io.tcc.engine.Recovery;
import io.tcc.protocol.message.Redelivery;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import org.springframework.context.SmartLifecycle;

/** Calls redelivery again and again, as {@link RecoveryLoop} does with recovery. */
public final class RedeliveryLoop implements SmartLifecycle {

  private final RecoveryLoop loop;

  /**
   * @param interval between two passes that are not full
   */
  public RedeliveryLoop(Redelivery redelivery, Duration interval) {
    this.loop = new RecoveryLoop(() -> pass(redelivery), () -> {}, interval);
  }

  private static Recovery.Pass pass(Redelivery redelivery) {
    Redelivery.Pass pass = redelivery.runOnce();
    return new Recovery.Pass(
        pass.noted(),
        pass.delivered() + pass.failed(),
        0,
        pass.purged(),
        pass.full(),
        CompletableFuture.completedFuture(null));
  }

  @Override
  public void start() {
    loop.start();
  }

  @Override
  public void stop() {
    loop.stop();
  }

  @Override
  public void stop(Runnable callback) {
    loop.stop(callback);
  }

  @Override
  public boolean isRunning() {
    return loop.isRunning();
  }
}
