package io.tcc.behaviour;

import static io.tcc.behaviour.Scene.INVENTORY;
import static io.tcc.behaviour.Scene.ORDER;
import static io.tcc.behaviour.Scene.PATIENT;
import static io.tcc.behaviour.Scene.RESERVED;
import static io.tcc.behaviour.Scene.SPENT;
import static io.tcc.behaviour.Scene.UNTOUCHED;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.tcc.cluster.Cluster;
import io.tcc.cluster.Node;
import io.tcc.engine.Limits;
import io.tcc.engine.Recovery;
import io.tcc.testing.EveryDatabase;
import io.tcc.testing.TestDatabase;
import io.tcc.transaction.CallPath;
import io.tcc.transaction.CompletionAnswer;
import io.tcc.transaction.GlobalTransactionInDoubtException;
import io.tcc.transaction.Outcome;
import io.tcc.transaction.TransactionEvent.DriveFailed;
import io.tcc.transaction.Xid;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;

/** Participants that are away, or hang, after the decision. */
class ParticipantAwayTest {

  private static final Duration LONG = PATIENT.call();

  private static final Limits IMPATIENT =
      new Limits(
          Duration.ofSeconds(2),
          Duration.ofMillis(200),
          Cluster.LIMITS.lease(),
          Cluster.LIMITS.backoff(),
          Cluster.LIMITS.batch(),
          Cluster.LIMITS.retention());

  @EveryDatabase
  void aParticipantThatIsAwayInPhaseTwoIsToldWhenItReturns(TestDatabase kind) throws Throwable {
    try (Scene scene = Scene.on(kind)) {
      scene
          .shop()
          .buy(
              () -> {
                scene.reserveHere("a");
                scene.reserveThere("a");
                scene.network().cutOff(INVENTORY);
              });

      for (int pass = 0; pass < 5; pass++) {
        scene.advance(Duration.ofMinutes(1));
        scene.order().recovery().runOnce();
      }
      assertThat(scene.decisions()).containsExactly("COMMIT DRIVING");
      assertThat(scene.eventsHere(DriveFailed.class)).hasSize(6);
      assertThat(scene.balance(INVENTORY, "a")).isEqualTo(RESERVED);

      scene.network().restore(INVENTORY);
      scene.endsWell();
      assertThat(scene.balance(ORDER, "a")).isEqualTo(SPENT);
      assertThat(scene.balance(INVENTORY, "a")).isEqualTo(SPENT);
      assertThat(scene.stock(INVENTORY).calls()).containsExactly("Try a", "Confirm a");
    }
  }

  @EveryDatabase
  void branchesThatHangDelayNoUnrelatedTransaction(TestDatabase kind) throws Throwable {
    ExecutorService two = Executors.newFixedThreadPool(2);
    try (Scene scene = Scene.on(kind, kind, new Cluster(two, PATIENT, 12))) {
      scene.network().becomeAsynchronous();
      int hanging = 6;
      Gate confirm = new Gate();
      AtomicInteger confirming = new AtomicInteger();
      for (int i = 0; i < hanging; i++) {
        String item = "slow " + i;
        scene.sql(INVENTORY).update("insert into account values (?, 10, 0, 0)", item);
        scene
            .stock(INVENTORY)
            .during(
                "Confirm " + item,
                () -> {
                  confirming.incrementAndGet();
                  confirm.pass();
                });
        scene.committedButNotTold(item);
      }
      scene.committedButNotTold("b");

      scene.advance(LONG);
      Recovery.Pass pass = scene.order().recovery().start();
      await().atMost(LONG).until(() -> confirming.get() == hanging);
      await().atMost(LONG).until(() -> scene.balance(INVENTORY, "b").equals(SPENT));
      scene.shop().buy(() -> scene.reserveThere("c"));

      assertThat(scene.balance(INVENTORY, "c")).isEqualTo(SPENT);
      assertThat(pass.ended()).isNotDone();
      confirm.open();
      pass.ended().join();
      scene.endsWell();
      assertThat(scene.stock(INVENTORY).calls()).containsOnlyOnce("Confirm b");
      assertThat(confirming).hasValue(hanging);
    } finally {
      two.shutdownNow();
    }
  }

  @EveryDatabase
  void inquiriesThatHangDelayNoOther(TestDatabase kind) throws Throwable {
    ExecutorService two = Executors.newFixedThreadPool(2);
    try (Scene scene = Scene.on(kind, kind, new Cluster(two, PATIENT, 12))) {
      for (String item : List.of("a", "b", "c", "d")) {
        undecided(scene, item);
      }
      scene.network().becomeAsynchronous();
      Gate initiator = new Gate();
      AtomicInteger asked = new AtomicInteger();
      scene
          .network()
          .intercept(
              (what, from, to) -> {
                if (what.equals("inquiry") && asked.incrementAndGet() < 4) {
                  initiator.pass();
                }
              });
      scene.advance(Node.TIMEOUT);

      Recovery.Pass pass = scene.inventory().recovery().start();
      await().atMost(LONG).until(() -> cancelled(scene) == 1);

      assertThat(asked).hasValue(4);
      assertThat(pass.ended()).isNotDone();
      initiator.open();
      pass.ended().join();
      assertThat(cancelled(scene)).isEqualTo(4);
      scene.endsWell();
    } finally {
      two.shutdownNow();
    }
  }

  /** The initiator cannot decide, and a branch is left over. */
  private static void undecided(Scene scene, String item) {
    assertThatThrownBy(
            () ->
                scene
                    .shop()
                    .buy(
                        () -> {
                          scene.reserveThere(item);
                          scene.cluster().cable(ORDER).cut();
                        }))
        .isInstanceOf(GlobalTransactionInDoubtException.class);
    scene.cluster().cable(ORDER).mend();
  }

  private static long cancelled(Scene scene) {
    return List.of("a", "b", "c", "d").stream()
        .filter(item -> scene.balance(INVENTORY, item).equals(UNTOUCHED))
        .count();
  }

  @EveryDatabase
  void aConfirmThatHangsIsWaitedForWithinBoundsAndNotCalledASecondTimeMeanwhile(TestDatabase kind)
      throws Throwable {
    ExecutorService threads = Executors.newCachedThreadPool();
    try (Scene scene = Scene.on(kind, threads, IMPATIENT)) {
      scene.network().becomeAsynchronous();
      Gate confirm = new Gate();
      AtomicInteger confirming = new AtomicInteger();
      AtomicInteger atOnce = new AtomicInteger();
      scene
          .stock(INVENTORY)
          .during(
              "Confirm a",
              () -> {
                atOnce.accumulateAndGet(confirming.incrementAndGet(), Math::max);
                confirm.pass();
                confirming.decrementAndGet();
              });
      AtomicReference<Xid> xid = new AtomicReference<>();

      // It returns although Confirm does not.
      scene
          .shop()
          .buy(
              () -> {
                xid.set(scene.xid());
                scene.reserveThere("a");
              });
      confirm.awaitSomebody();
      CompletionAnswer second =
          scene.orderInventory(Outcome.COMMIT, xid.get(), CallPath.ROOT.call(1));

      assertThat(second.verdict()).isEqualTo(CompletionAnswer.Verdict.RETRY);
      assertThat(confirming).hasValue(1);
      assertThat(scene.decisions()).containsExactly("COMMIT DRIVING");
      confirm.open();
      await().atMost(LONG).until(() -> confirming.get() == 0);
      scene.endsWell();
      assertThat(scene.balance(INVENTORY, "a")).isEqualTo(SPENT);
      assertThat(atOnce).hasValue(1);
    } finally {
      threads.shutdownNow();
    }
  }

  @EveryDatabase
  void noConnectionIsHeldWhileOthersAreToldOrAsked(TestDatabase kind) throws Throwable {
    try (Scene scene = Scene.on(kind)) {
      List<String> held = new ArrayList<>();
      List<String> messages = new ArrayList<>();
      scene
          .network()
          .intercept(
              (what, from, to) -> {
                if (!what.contains("call") && !what.contains("answer")) {
                  messages.add(what);
                  if (scene.connectionsInUse(from.service()) > 0) {
                    held.add(what + " from " + from.service());
                  }
                }
              });
      scene.shop().buy(() -> scene.reserveThere("a"));
      scene
          .shop()
          .buyInOneLocalTransaction(
              () -> {
                scene.reserveHere("b");
                scene.reserveThere("b");
              });
      assertThatThrownBy(
          () ->
              scene
                  .shop()
                  .buyInOneLocalTransaction(
                      () -> {
                        scene.reserveThere("c");
                        throw new IllegalStateException("business failure");
                      }));
      assertThatThrownBy(
          () ->
              scene
                  .shop()
                  .buy(
                      () -> {
                        scene.reserveThere("d");
                        scene.network().cutOff(INVENTORY);
                        throw new IllegalStateException("business failure");
                      }));
      scene.network().restore(INVENTORY);
      scene.advance(Node.TIMEOUT);
      scene.inventory().recovery().runOnce();
      scene.order().recovery().runOnce();

      assertThat(messages)
          .containsExactly("COMMIT", "COMMIT", "ABORT", "ABORT", "inquiry", "ABORT");
      assertThat(held).isEmpty();
      scene.endsWell();
    }
  }
}
