package io.tcc.behaviour;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.function.Supplier;

/** What other threads do in a test. */
final class Meanwhile {

  private static final ExecutorService THREADS = Executors.newCachedThreadPool(Meanwhile::daemon);

  private Meanwhile() {}

  static <T> CompletableFuture<T> meanwhile(Supplier<T> work) {
    return CompletableFuture.supplyAsync(work, THREADS);
  }

  private static Thread daemon(Runnable work) {
    Thread thread = new Thread(work, "meanwhile");
    thread.setDaemon(true);
    return thread;
  }
}
