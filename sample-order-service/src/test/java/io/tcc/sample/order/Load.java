package io.tcc.sample.order;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Random;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.IntConsumer;

/**
 * Threads that try something again and again, so many times from one kill to the next: a kill falls
 * into the midst of the tries, as later there would be nobody whom it interrupts.
 *
 * @param threads how many
 * @param tries of each thread from one kill to the next
 */
record Load(int threads, int tries) {

  private static final int LONGEST_WAIT_MILLIS = 180_000;

  /** Kills. */
  interface Kill {
    void run(int number) throws Exception;
  }

  /**
   * Tries until all kills are over and tried upon.
   *
   * @param attempt is told the number of its thread
   * @param kill is told its own number, from 0
   */
  void run(IntConsumer attempt, int kills, Kill kill) throws Exception {
    AtomicInteger allowed = new AtomicInteger(tries);
    AtomicInteger tried = new AtomicInteger();
    AtomicBoolean over = new AtomicBoolean();
    ExecutorService executor = Executors.newFixedThreadPool(threads);
    try {
      for (int i = 0; i < threads; i++) {
        int number = i;
        executor.execute(
            () -> {
              for (int n = 0; !over.get(); n++) {
                while (n >= allowed.get() && !over.get()) {
                  pause(10);
                }
                if (!over.get()) {
                  attempt.accept(number);
                  tried.incrementAndGet();
                }
              }
            });
      }
      Random random = new Random(42);
      for (int i = 0; i < kills; i++) {
        await(tried, threads * tries * i + random.nextInt(threads * tries / 2));
        kill.run(i);
        allowed.addAndGet(tries);
      }
      await(tried, threads * tries * (kills + 1));
    } finally {
      over.set(true);
      executor.shutdown();
    }
    assertThat(executor.awaitTermination(1, TimeUnit.MINUTES)).isTrue();
  }

  private static void await(AtomicInteger tried, int enough) {
    for (int i = 0; i < LONGEST_WAIT_MILLIS && tried.get() < enough; i++) {
      pause(1);
    }
    assertThat(tried.get()).as("tries").isGreaterThanOrEqualTo(enough);
  }

  static void pause(long millis) {
    try {
      Thread.sleep(millis);
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }
}
