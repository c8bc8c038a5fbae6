package io.tcc.behaviour;

import static io.tcc.behaviour.Scene.INVENTORY;
import static io.tcc.behaviour.Scene.ORDER;
import static io.tcc.behaviour.Scene.RESERVED;
import static io.tcc.behaviour.Scene.SPENT;
import static io.tcc.behaviour.Scene.UNTOUCHED;
import static io.tcc.behaviour.Scene.operator;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tcc.cluster.Cluster;
import io.tcc.cluster.Node;
import io.tcc.engine.Limits;
import io.tcc.testing.EveryDatabase;
import io.tcc.testing.TestDatabase;
import io.tcc.transaction.Backoff;
import io.tcc.transaction.Outcome;
import io.tcc.transaction.TransactionEvent.BranchParked;
import io.tcc.transaction.TransactionEvent.Completed;
import io.tcc.transaction.TransactionEvent.DriveFailed;
import io.tcc.transaction.TransactionEvent.Parked;
import io.tcc.transaction.Xid;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;

/** When what failed is tried again, and how often. */
class BackoffTest {

  private static final Duration TICK = Duration.ofMillis(1);

  private static final Limits LIMITS =
      new Limits(
          Duration.ofSeconds(20),
          Duration.ofSeconds(20),
          Duration.ofSeconds(60),
          new Backoff(Duration.ofSeconds(3), 2, Duration.ofSeconds(20), 6),
          100,
          Duration.ofDays(7));

  /** Between the attempts: 3 s, doubled each time, 20 s at most. */
  private static final List<Duration> DELAYS =
      List.of(
          Duration.ofSeconds(3),
          Duration.ofSeconds(6),
          Duration.ofSeconds(12),
          Duration.ofSeconds(20),
          Duration.ofSeconds(20));

  private static Xid decided(Scene scene, Outcome outcome) throws Throwable {
    AtomicReference<Xid> xid = new AtomicReference<>();
    Shop.Body body =
        () -> {
          xid.set(scene.xid());
          scene.reserveThere("a");
          if (outcome == Outcome.ABORT) {
            throw new IllegalStateException("business failure");
          }
        };
    if (outcome == Outcome.COMMIT) {
      scene.shop().buy(body);
    } else {
      assertThatThrownBy(() -> scene.shop().buy(body)).hasMessage("business failure");
    }
    return xid.get();
  }

  private static void fails(Scene scene, String completion) {
    scene
        .stock(INVENTORY)
        .during(
            completion,
            () -> {
              throw new IllegalStateException("no room");
            });
  }

  /** Nothing is tried before the delay is over, and once when it is. */
  private static void isTriedAfter(Duration delay, Scene scene) {
    int before = scene.stock(INVENTORY).calls().size();
    scene.advance(delay.minus(TICK));
    scene.order().recovery().runOnce();
    assertThat(scene.stock(INVENTORY).calls()).as("before %s", delay).hasSize(before);
    scene.advance(TICK);
    scene.order().recovery().runOnce();
    // At first together with its siblings, then on its own.
    assertThat(scene.stock(INVENTORY).calls()).as("after %s", delay).hasSizeGreaterThan(before);
  }

  @EveryDatabase
  void attemptsFollowTheConfiguredDelaysUntilOneSucceeds(TestDatabase kind) throws Throwable {
    try (Scene scene = Scene.on(kind, Runnable::run, LIMITS)) {
      fails(scene, "Confirm a");
      decided(scene, Outcome.COMMIT);
      for (Duration delay : DELAYS.subList(0, 3)) {
        isTriedAfter(delay, scene);
      }
      scene.stock(INVENTORY).undisturbed("Confirm a");
      isTriedAfter(DELAYS.get(3), scene);

      assertThat(scene.balance(INVENTORY, "a")).isEqualTo(SPENT);
      assertThat(scene.eventsHere(DriveFailed.class))
          .extracting(DriveFailed::attempts)
          .containsExactly(1, 2, 3, 4);
      assertThat(scene.eventsHere(DriveFailed.class))
          .allSatisfy(failed -> assertThat(failed.reason()).contains("no room"));
      scene.endsWell();
    }
  }

  @EveryDatabase
  void theLastAttemptParksACommitWhichStaysOne(TestDatabase kind) throws Throwable {
    exhausted(kind, Outcome.COMMIT, "Confirm a", SPENT);
  }

  @EveryDatabase
  void theLastAttemptParksAnAbortWhichStaysOne(TestDatabase kind) throws Throwable {
    exhausted(kind, Outcome.ABORT, "Cancel a", UNTOUCHED);
  }

  private static void exhausted(
      TestDatabase kind, Outcome outcome, String completion, Scene.Balance end) throws Throwable {
    try (Scene scene = Scene.on(kind, Runnable::run, LIMITS)) {
      fails(scene, completion);
      Xid xid = decided(scene, outcome);
      for (Duration delay : DELAYS) {
        assertThat(scene.decisions()).containsExactly(outcome + " DRIVING");
        isTriedAfter(delay, scene);
      }

      assertThat(scene.decisions()).containsExactly(outcome + " PARKED");
      int calls = scene.stock(INVENTORY).calls().size();
      for (int hour = 0; hour < 12; hour++) {
        scene.advance(Duration.ofHours(1));
        scene.order().recovery().runOnce();
      }
      assertThat(scene.stock(INVENTORY).calls()).hasSize(calls);
      assertThat(scene.eventsHere(Parked.class))
          .singleElement()
          .satisfies(
              parked -> {
                assertThat(parked.xid()).isEqualTo(xid);
                assertThat(parked.outcome()).isEqualTo(outcome);
                assertThat(parked.reason()).contains("no room");
              });

      scene.stock(INVENTORY).undisturbed(completion);
      assertThat(operator(scene.order()).retry(xid, "jane", "there is room").decision()).isTrue();
      assertThat(scene.balance(INVENTORY, "a")).isEqualTo(RESERVED);
      scene.order().recovery().runOnce();

      assertThat(scene.balance(INVENTORY, "a")).isEqualTo(end);
      assertThat(scene.eventsHere(Completed.class))
          .extracting(Completed::outcome)
          .containsExactly(outcome);
      assertThat(scene.stock(INVENTORY).calls().stream().distinct())
          .containsExactly("Try a", completion);
      scene.endsWell();
    }
  }

  @EveryDatabase
  void afterARetryByHandTheAttemptsBeginAnew(TestDatabase kind) throws Throwable {
    try (Scene scene = Scene.on(kind, Runnable::run, LIMITS)) {
      fails(scene, "Confirm a");
      Xid xid = decided(scene, Outcome.COMMIT);
      DELAYS.forEach(delay -> isTriedAfter(delay, scene));

      operator(scene.order()).retry(xid, "jane", "once more");
      scene.order().recovery().runOnce();
      DELAYS.forEach(delay -> isTriedAfter(delay, scene));

      assertThat(scene.decisions()).containsExactly("COMMIT PARKED");
      assertThat(scene.eventsHere(Parked.class)).hasSize(2);
      scene.stock(INVENTORY).undisturbed("Confirm a");
      operator(scene.order()).retry(xid, "jane", "now");
      scene.endsWell();
    }
  }

  @EveryDatabase
  void aParkedBranchStaysParkedWhenAnAttemptFails(TestDatabase kind) throws Throwable {
    try (Scene scene = Scene.on(kind, Runnable::run, LIMITS)) {
      fails(scene, "Confirm a");
      decided(scene, Outcome.COMMIT);
      scene
          .sql(INVENTORY)
          .update("update tcc_branch set parked = 1, next_check = null where ordinal = 1");

      isTriedAfter(DELAYS.get(0), scene);

      scene.advance(Duration.ofDays(1));
      assertThat(scene.inventory().recovery().runOnce().branches()).isZero();
      assertThat(operator(scene.inventory()).parked(10).branches()).hasSize(1);
      scene.stock(INVENTORY).undisturbed("Confirm a");
      scene.endsWell();
    }
  }

  @EveryDatabase
  void whatAsksInVainAsksAgainAfterTheDelays(TestDatabase kind) {
    try (Scene scene = Scene.on(kind, Runnable::run, LIMITS)) {
      assertThatThrownBy(
          () ->
              scene
                  .shop()
                  .buy(
                      () -> {
                        scene.reserveThere("a");
                        scene.cluster().cable(ORDER).cut();
                      }));
      scene.cluster().cable(ORDER).mend();
      scene.network().cutOff(ORDER);
      scene.advance(Duration.ofSeconds(30));
      assertThat(scene.inventory().recovery().runOnce().branches()).isEqualTo(1);
      for (Duration delay : DELAYS) {
        scene.advance(delay.minus(TICK));
        assertThat(scene.inventory().recovery().runOnce().branches()).isZero();
        scene.advance(TICK);
        assertThat(scene.inventory().recovery().runOnce().branches()).isEqualTo(1);
      }

      // However often it has asked: as long as nobody answers there is nothing to park for.
      for (int i = 0; i < 5; i++) {
        scene.advance(Cluster.LIMITS.lease());
        assertThat(scene.inventory().recovery().runOnce().branches()).isEqualTo(1);
      }
      scene.network().restore(ORDER);
      scene.endsWell();
      assertThat(scene.balance(INVENTORY, "a")).isEqualTo(UNTOUCHED);
    }
  }

  @Test
  void aBranchThatIsToldItsOutcomeInVainIsParkedAfterTheLastAttempt() throws Throwable {
    try (Scene scene = Scene.on(TestDatabase.H2, Runnable::run, LIMITS)) {
      fails(scene, "Confirm a");
      scene.committedButNotTold("a");
      scene.advance(Node.TIMEOUT);
      assertThat(scene.inventory().recovery().runOnce().branches()).isEqualTo(1);
      for (Duration delay : DELAYS) {
        assertThat(Scene.events(scene.inventory(), BranchParked.class)).isEmpty();
        scene.advance(delay);
        assertThat(scene.inventory().recovery().runOnce().branches()).isEqualTo(1);
      }

      assertThat(Scene.events(scene.inventory(), BranchParked.class))
          .singleElement()
          .satisfies(parked -> assertThat(parked.reason()).contains("no room"));
      scene.advance(Duration.ofDays(1));
      assertThat(scene.inventory().recovery().runOnce().branches()).isZero();
      scene.stock(INVENTORY).undisturbed("Confirm a");
      scene.endsWell();
    }
  }
}
