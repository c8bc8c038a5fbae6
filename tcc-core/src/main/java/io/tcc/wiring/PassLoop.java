package io.tcc.wiring;

import io.tcc.engine.Pass;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.context.SmartLifecycle;

/**
 * Starts passes again and again, on a thread of its own:
 *
 * <ol>
 *   <li>Learn the database's time.
 *   <li>Start a pass.
 *   <li>If the pass was full there is more to do: start the next one as soon as this one has ended,
 *       or, where they may overlap, the one before it; or after the interval where something in it
 *       hangs. Otherwise wait for the interval, or until somebody says that there is something to
 *       do; but not before ten milliseconds have passed since the last one began, so that what is
 *       told one by one under load is done together.
 * </ol>
 *
 * <p>A pass that fails (the database is away) is repeated after the interval, doubled with each
 * failure up to 30 seconds. Stopping lets what was begun come to its end and begins nothing new.
 * The loop is the last to start and the first to stop.
 */
public class PassLoop implements SmartLifecycle {

  private static final Logger log = LoggerFactory.getLogger(PassLoop.class);

  private static final Duration LONGEST_DELAY = Duration.ofSeconds(30);
  private static final int LONGEST_STREAK = 16;
  private static final Duration BREATH = Duration.ofMillis(10);

  private final String name;
  private final Supplier<? extends Pass> pass;
  private final Runnable synchronize;
  private final Duration interval;
  private @Nullable Run current;

  /**
   * @param name of what it does, for its thread and the log
   * @param pass starts one
   * @param synchronize called before each pass
   * @param interval between two passes that are not full
   */
  public PassLoop(
      String name, Supplier<? extends Pass> pass, Runnable synchronize, Duration interval) {
    this.name = name;
    this.pass = pass;
    this.synchronize = synchronize;
    this.interval = interval;
  }

  @Override
  public synchronized void start() {
    if (current == null) {
      current = new Run();
      Thread thread = new Thread(current, "tcc-" + name);
      thread.setDaemon(true);
      thread.start();
    }
  }

  /** Has the next pass started at once, unless the last one failed. */
  public void wake() {
    Run running;
    synchronized (this) {
      running = current;
    }
    if (running != null) {
      running.wake();
    }
  }

  /** Stops and waits until the last pass has ended. */
  @Override
  public void stop() {
    CountDownLatch ended = new CountDownLatch(1);
    stop(ended::countDown);
    try {
      ended.await();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** Stops; calls back when the last pass has ended. */
  @Override
  public void stop(Runnable callback) {
    Run stopping;
    synchronized (this) {
      stopping = current;
      current = null;
    }
    if (stopping == null) {
      callback.run();
    } else {
      stopping.stop(callback);
    }
  }

  @Override
  public synchronized boolean isRunning() {
    return current != null;
  }

  /** From one start to one stop. */
  private final class Run implements Runnable {

    private final CompletableFuture<Void> stopRequested = new CompletableFuture<>();
    private final CompletableFuture<Void> ended = new CompletableFuture<>();
    private volatile CompletableFuture<Void> woken = new CompletableFuture<>();
    private CompletableFuture<Void> begun = CompletableFuture.completedFuture(null);

    @Override
    public void run() {
      int failures = 0;
      try {
        while (!stopRequested.isDone()) {
          CompletableFuture<?> next = stopRequested;
          woken = new CompletableFuture<>();
          CompletableFuture<?> breath =
              new CompletableFuture<Void>()
                  .completeOnTimeout(null, BREATH.toMillis(), TimeUnit.MILLISECONDS);
          try {
            next = beginPass();
            failures = 0;
          } catch (RuntimeException | Error e) {
            failures++;
            report(failures, e);
          }
          pause(next, failures);
          if (next == woken) {
            pause(breath, failures);
          }
        }
      } catch (InterruptedException e) {
        log.warn("The loop of {} was interrupted and ends", name);
      } finally {
        var unused = begun.whenComplete((nothing, failure) -> ended.complete(null));
      }
    }

    /** Returns what the next pass has to wait for, if not for the interval. */
    private CompletableFuture<?> beginPass() {
      synchronize.run();
      Pass now = pass.get();
      CompletableFuture<Void> before = begun;
      begun = before.isDone() ? now.ended() : CompletableFuture.allOf(before, now.ended());
      return !now.full() ? woken : now.overlaps() ? before : begun;
    }

    /** Waits for the interval, or longer after failures, but not past the given end. */
    private void pause(CompletableFuture<?> end, int failures) throws InterruptedException {
      try {
        CompletableFuture.anyOf(end, stopRequested)
            .get(delay(failures).toMillis(), TimeUnit.MILLISECONDS);
      } catch (TimeoutException e) {
        log.trace("Time for the next pass");
      } catch (ExecutionException e) {
        log.warn("A pass of {} ended by an error", name, e);
      }
    }

    private Duration delay(int failures) {
      if (failures == 0 || interval.compareTo(LONGEST_DELAY) >= 0) {
        return interval;
      }
      Duration grown = interval.multipliedBy(1L << Math.min(failures, LONGEST_STREAK));
      return grown.compareTo(LONGEST_DELAY) > 0 ? LONGEST_DELAY : grown;
    }

    private void report(int failures, Throwable e) {
      if (failures == 1) {
        log.warn("A pass of {} failed; it is tried again", name, e);
      } else {
        log.warn("{} passes of {} failed in a row: {}", failures, name, e.toString());
      }
    }

    void wake() {
      woken.complete(null);
    }

    void stop(Runnable callback) {
      stopRequested.complete(null);
      var unused = ended.whenComplete((nothing, failure) -> callback.run());
    }
  }
}
