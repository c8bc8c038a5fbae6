package io.tcc.log.jdbc;

import static java.util.concurrent.TimeUnit.SECONDS;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.IntFunction;

/** Several threads that do something at the same time. */
final class AtOnce {

  private AtOnce() {}

  /**
   * Runs the work on as many threads at once; results in the order of their numbers, from 0.
   *
   * @throws AssertionError with what a thread threw
   */
  static <T> List<T> on(int threads, IntFunction<T> work) {
    ExecutorService pool = Executors.newFixedThreadPool(threads);
    try {
      CyclicBarrier start = new CyclicBarrier(threads);
      List<Future<T>> running = new ArrayList<>();
      for (int i = 0; i < threads; i++) {
        int number = i;
        Callable<T> together =
            () -> {
              start.await(60, SECONDS);
              return work.apply(number);
            };
        running.add(pool.submit(together));
      }
      List<T> results = new ArrayList<>();
      for (Future<T> each : running) {
        results.add(each.get(120, SECONDS));
      }
      return results;
    } catch (Exception e) {
      throw new AssertionError("a thread failed: " + e, e);
    } finally {
      pool.shutdownNow();
    }
  }
}
