package io.tcc.context;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.micrometer.context.ContextRegistry;
import io.micrometer.context.ContextSnapshotFactory;
import io.tcc.transaction.CallPath;
import io.tcc.transaction.GlobalTransaction;
import io.tcc.transaction.Site;
import io.tcc.transaction.WorkRefusedException;
import io.tcc.transaction.Xid;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executor;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.ForkJoinPool;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class FrameTasksTest {

  private final TransactionContext context = new TransactionContext();
  private final FrameTasks tasks = new FrameTasks(context);
  private final Frame frame =
      new Frame(
          new GlobalTransaction(
              new Xid("0".repeat(32)),
              new Site("order", "0a"),
              Instant.EPOCH,
              Duration.ofSeconds(1)),
          new Site("order", "0a"),
          CallPath.ROOT,
          "nonce",
          Instant.EPOCH.plusSeconds(1),
          false);

  /** Executors of the JDK, with virtual threads where it has them. */
  static Stream<ExecutorService> executors() throws ReflectiveOperationException {
    List<ExecutorService> all =
        new ArrayList<>(
            List.of(
                Executors.newFixedThreadPool(1),
                Executors.newCachedThreadPool(),
                Executors.newScheduledThreadPool(1),
                new ForkJoinPool(1)));
    if (Runtime.version().feature() >= 21) {
      all.add(
          (ExecutorService)
              Executors.class.getMethod("newVirtualThreadPerTaskExecutor").invoke(null));
    }
    return all.stream();
  }

  private Frame here() {
    return context.current().orElse(null);
  }

  @ParameterizedTest
  @MethodSource("executors")
  void theTaskRunsInTheFrameAndTheThreadForgetsIt(ExecutorService executor) throws Exception {
    try {
      AtomicReference<Frame> seen = new AtomicReference<>();
      CompletableFuture<Void> done =
          context.callIn(
              frame,
              () -> CompletableFuture.runAsync(() -> seen.set(here()), tasks.wrap(executor)));
      done.get(10, TimeUnit.SECONDS);
      assertThat(seen).hasValue(frame);
      assertThat(executor.submit(this::here).get(10, TimeUnit.SECONDS)).isNull();
    } finally {
      executor.shutdown();
    }
  }

  @ParameterizedTest
  @MethodSource("executors")
  void theWorkIsInFlightFromItsSubmissionToItsEnd(ExecutorService executor) throws Exception {
    CountDownLatch begun = new CountDownLatch(1);
    CountDownLatch end = new CountDownLatch(1);
    try {
      Runnable task =
          context.callIn(
              frame,
              () ->
                  tasks.wrap(
                      () -> {
                        begun.countDown();
                        await(end);
                      }));
      assertThat(frame.enlisted().known()).isFalse();
      var future = executor.submit(task);
      await(begun);
      assertThat(frame.enlisted().known()).isFalse();
      end.countDown();
      future.get(10, TimeUnit.SECONDS);
      assertThat(frame.enlisted().known()).isTrue();
      assertThat(frame.close().obstacles()).isEmpty();
    } finally {
      executor.shutdown();
    }
  }

  @Test
  void aTaskThatFailsHasEnded() {
    Runnable task =
        context.callIn(
            frame,
            () ->
                tasks.wrap(
                    (Runnable)
                        () -> {
                          throw new IllegalStateException("no");
                        }));
    assertThatThrownBy(task::run).hasMessage("no");
    assertThat(frame.close().obstacles()).isEmpty();
    assertThat(here()).isNull();
  }

  @Test
  void aCallableReturnsItsResult() throws Exception {
    Callable<Frame> task = context.callIn(frame, () -> tasks.wrap((Callable<Frame>) this::here));
    assertThat(task.call()).isSameAs(frame);
    assertThat(frame.close().obstacles()).isEmpty();
  }

  @Test
  void aTaskThatNeverRanForbidsTheCommit() {
    context.callIn(frame, () -> tasks.wrap((Runnable) () -> {}));
    assertThat(frame.close().obstacles())
        .singleElement()
        .asString()
        .contains("work handed to another thread", "has not ended");
  }

  @Test
  void aTaskThatTheExecutorRejectsWasNeverInFlight() {
    Executor full =
        task -> {
          throw new RejectedExecutionException("full");
        };
    assertThatThrownBy(
            () ->
                context.callIn(
                    frame,
                    () -> {
                      tasks.wrap(full).execute(() -> {});
                      return true;
                    }))
        .hasMessage("full");
    assertThat(frame.close().obstacles()).isEmpty();
  }

  @Test
  void noTaskBeginsAfterTheWorkPhase() {
    frame.close();
    assertThatThrownBy(() -> context.callIn(frame, () -> tasks.wrap((Runnable) () -> {})))
        .isInstanceOf(WorkRefusedException.class);
  }

  @Test
  void aTaskThatIsRepeatedIsInTheFrameOnce() {
    List<Frame> seen = new ArrayList<>();
    Runnable first = context.callIn(frame, () -> tasks.wrap((Runnable) () -> seen.add(here())));
    context.callIn(frame, () -> tasks.wrap((Runnable) () -> {}));
    first.run();
    first.run();
    assertThat(seen).containsExactly(frame, null);
    // The other task is still counted.
    assertThat(frame.close().obstacles()).hasSize(1);
  }

  @Test
  void aTaskSubmittedOutsideATransactionRunsOutsideWhereverItRuns() {
    AtomicReference<Frame> seen = new AtomicReference<>(frame);
    Runnable task = tasks.wrap(() -> seen.set(here()));
    // As a fork-join thread does that helps while it waits.
    context.callIn(
        frame,
        () -> {
          task.run();
          return true;
        });
    assertThat(seen).hasValue(null);
  }

  @Test
  void aTaskMaySayThatItIsOver() {
    Runnable task =
        context.callIn(
            frame,
            () ->
                tasks.wrap(
                    () -> {
                      context.endTask();
                      assertThat(frame.enlisted().known()).isTrue();
                    }));
    Runnable other = context.callIn(frame, () -> tasks.wrap((Runnable) () -> {}));
    other.run();
    task.run();
    assertThat(frame.close().obstacles()).isEmpty();
  }

  @Test
  void itGoesTogetherWithMicrometer() {
    ContextRegistry registry = new ContextRegistry();
    registry.registerThreadLocalAccessor(new FrameAccessor(context));
    ContextSnapshotFactory factory =
        ContextSnapshotFactory.builder().contextRegistry(registry).clearMissing(true).build();
    Runnable task =
        context.callIn(
            frame,
            () ->
                tasks.wrap(
                    factory
                        .captureAll()
                        .wrap(
                            () -> {
                              assertThat(here()).isSameAs(frame);
                              context.endTask();
                              assertThat(frame.enlisted().known()).isTrue();
                            })));
    task.run();
    assertThat(here()).isNull();
    assertThat(frame.close().obstacles()).isEmpty();
  }

  private static void await(CountDownLatch latch) {
    try {
      assertThat(latch.await(10, TimeUnit.SECONDS)).isTrue();
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }
}
