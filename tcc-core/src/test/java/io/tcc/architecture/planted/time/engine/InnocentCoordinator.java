package io.tcc.architecture.planted.time.engine;

import java.time.Clock;
import java.time.Instant;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.random.RandomGenerator;

public class InnocentCoordinator {
  private final Clock clock;
  private final Executor executor;
  private final RandomGenerator random;

  InnocentCoordinator(Clock clock, Executor executor, RandomGenerator random) {
    this.clock = clock;
    this.executor = executor;
    this.random = random;
  }

  CompletableFuture<Instant> later() {
    return CompletableFuture.supplyAsync(
        () -> Instant.now(clock).plusMillis(random.nextInt(9)), executor);
  }

  boolean interrupted() {
    return Thread.currentThread().isInterrupted();
  }
}
