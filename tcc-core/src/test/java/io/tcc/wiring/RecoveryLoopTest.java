package io.tcc.wiring;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.tcc.engine.Pass;
import io.tcc.engine.Recovery;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** When recovery is called. */
class RecoveryLoopTest {

  private static final Duration NEVER = Duration.ofHours(1);
  private static final Duration AT_ONCE = Duration.ofMillis(1);

  private final List<String> calls = new CopyOnWriteArrayList<>();
  private final AtomicInteger passes = new AtomicInteger();
  private RecoveryLoop loop;

  @AfterEach
  void stop() {
    if (loop != null) {
      loop.stop(() -> {});
    }
  }

  @Test
  void aPassFollowsAfterTheInterval() {
    start(AT_ONCE, () -> pass(false, done()));
    await().until(() -> passes.get() >= 3);
  }

  @Test
  void aPassThatWasNotFullIsNotFollowedByAnotherBeforeTheInterval() {
    start(NEVER, () -> pass(false, done()));
    await().until(() -> passes.get() == 1);
    await().during(Duration.ofMillis(100)).until(() -> passes.get() == 1);
  }

  @Test
  void aFullPassIsFollowedByTheNextAtOnce() {
    start(NEVER, () -> pass(passes.get() < 4, done()));
    await().until(() -> passes.get() == 5);
  }

  @Test
  void aFullPassIsNotFollowedByTheNextBeforeItHasEnded() {
    CompletableFuture<Void> end = new CompletableFuture<>();
    start(NEVER, () -> pass(true, passes.get() == 0 ? end : new CompletableFuture<>()));
    await().until(() -> passes.get() == 1);
    await().during(Duration.ofMillis(100)).until(() -> passes.get() == 1);
    end.complete(null);
    await().until(() -> passes.get() == 2);
  }

  @Test
  void aFullPassThatMayOverlapIsFollowedAtOnceButOnlyByOne() {
    record Overlapping(boolean full, CompletableFuture<Void> ended) implements Pass {
      @Override
      public boolean overlaps() {
        return true;
      }
    }
    CompletableFuture<Void> first = new CompletableFuture<>();
    PassLoop overlapping =
        new PassLoop(
            "test",
            () ->
                new Overlapping(
                    true, passes.incrementAndGet() == 1 ? first : new CompletableFuture<>()),
            () -> {},
            NEVER);
    overlapping.start();
    try {
      await().until(() -> passes.get() == 2);
      await().during(Duration.ofMillis(100)).until(() -> passes.get() == 2);
      first.complete(null);
      await().until(() -> passes.get() == 3);
    } finally {
      overlapping.stop(() -> {});
    }
  }

  @Test
  void whatHangsInAFullPassDelaysTheNextForTheIntervalOnly() {
    start(Duration.ofMillis(20), () -> pass(true, new CompletableFuture<>()));
    await().until(() -> passes.get() >= 3);
  }

  @Test
  void whatIsToldOneByOneIsDoneTogether() {
    start(NEVER, () -> pass(false, done()));
    await().until(() -> passes.get() == 1);
    long begun = System.nanoTime();
    while (System.nanoTime() - begun < Duration.ofMillis(200).toNanos()) {
      loop.wake();
    }
    assertThat(passes).hasValueBetween(2, 25);
  }

  @Test
  void theDatabasesTimeIsLearnedBeforeEachPass() {
    start(AT_ONCE, () -> pass(false, done()));
    await().until(() -> passes.get() >= 2);
    assertThat(List.copyOf(calls).subList(0, 4))
        .containsExactly("synchronize", "pass", "synchronize", "pass");
  }

  @Test
  void aPassThatFailsIsRepeated() {
    start(
        AT_ONCE,
        () -> {
          Recovery.Pass pass = pass(false, done());
          if (passes.get() < 3) {
            throw new IllegalStateException("the database is away");
          }
          return pass;
        });
    await().until(() -> passes.get() >= 4);
  }

  @Test
  void anErrorDoesNotEndTheLoop() {
    start(
        AT_ONCE,
        () -> {
          pass(false, done());
          throw new NoClassDefFoundError("planted");
        });
    await().until(() -> passes.get() >= 2);
  }

  @Test
  void stoppingWaitsForWhatWasBegunAndBeginsNothingNew() {
    CompletableFuture<Void> end = new CompletableFuture<>();
    CountDownLatch stopped = new CountDownLatch(1);
    start(NEVER, () -> pass(false, end));
    await().until(() -> passes.get() == 1);

    loop.stop(stopped::countDown);
    assertThat(loop.isRunning()).isFalse();
    await().during(Duration.ofMillis(100)).until(() -> stopped.getCount() == 1);
    end.complete(null);
    await().until(() -> stopped.getCount() == 0);
    assertThat(passes).hasValue(1);
  }

  @Test
  void stoppingWaitsForAPassBeforeTheLastOneToo() {
    CompletableFuture<Void> hanging = new CompletableFuture<>();
    CountDownLatch stopped = new CountDownLatch(1);
    start(AT_ONCE, () -> pass(false, passes.get() == 0 ? hanging : done()));
    await().until(() -> passes.get() >= 2);

    loop.stop(stopped::countDown);
    await().during(Duration.ofMillis(100)).until(() -> stopped.getCount() == 1);
    hanging.complete(null);
    await().until(() -> stopped.getCount() == 0);
  }

  @Test
  void aStoppedLoopCanBeStartedAgain() {
    start(NEVER, () -> pass(false, done()));
    await().until(() -> passes.get() == 1);
    loop.stop();
    loop.start();
    await().until(() -> passes.get() == 2);
  }

  @Test
  void stoppingWhatNeverStartedCallsBack() {
    CountDownLatch stopped = new CountDownLatch(1);
    new RecoveryLoop(() -> pass(false, done()), () -> {}, NEVER).stop(stopped::countDown);
    assertThat(stopped.getCount()).isZero();
  }

  private void start(Duration interval, Supplier<Recovery.Pass> pass) {
    loop = new RecoveryLoop(pass, () -> calls.add("synchronize"), interval);
    loop.start();
  }

  private Recovery.Pass pass(boolean full, CompletableFuture<Void> ended) {
    calls.add("pass");
    passes.incrementAndGet();
    return new Recovery.Pass(0, 0, 0, 0, full, ended);
  }

  private static CompletableFuture<Void> done() {
    return CompletableFuture.completedFuture(null);
  }
}
