package io.tcc.behaviour;

import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/** Where a thread stops until the test lets it go on. */
final class Gate {

  private static final Duration PATIENCE = Duration.ofSeconds(60);

  private final CountDownLatch reached = new CountDownLatch(1);
  private final CountDownLatch opened = new CountDownLatch(1);

  /** Stops here; once it is open, nobody stops. */
  void pass() {
    reached.countDown();
    await(opened, "nobody opened the gate");
  }

  /** Waits until somebody stands before it. */
  void awaitSomebody() {
    await(reached, "nobody came to the gate");
  }

  void open() {
    opened.countDown();
  }

  private static void await(CountDownLatch latch, String otherwise) {
    try {
      if (!latch.await(PATIENCE.toSeconds(), TimeUnit.SECONDS)) {
        throw new AssertionError(otherwise);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new AssertionError(otherwise, e);
    }
  }
}
