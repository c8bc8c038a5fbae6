package io.tcc.behaviour;

import static io.tcc.behaviour.Meanwhile.meanwhile;
import static io.tcc.behaviour.Scene.INVENTORY;
import static io.tcc.behaviour.Scene.ORDER;
import static io.tcc.behaviour.Scene.RESERVED;
import static io.tcc.behaviour.Scene.SPENT;
import static io.tcc.behaviour.Scene.UNTOUCHED;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;

import io.tcc.cluster.Network;
import io.tcc.cluster.Node;
import io.tcc.testing.Commit;
import io.tcc.testing.CommitListener;
import io.tcc.testing.EveryDatabase;
import io.tcc.testing.TestDatabase;
import io.tcc.transaction.CallPath;
import io.tcc.transaction.CompletionAnswer;
import io.tcc.transaction.CompletionAnswer.Verdict;
import io.tcc.transaction.GlobalTransaction;
import io.tcc.transaction.GlobalTransactionAbortedException;
import io.tcc.transaction.Outcome;
import io.tcc.transaction.TransactionUsageException;
import io.tcc.transaction.WorkRefusedException;
import io.tcc.transaction.Xid;
import io.tcc.transport.CallContext;
import java.sql.SQLException;
import java.sql.SQLNonTransientConnectionException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;

/** Participants whose effects are outside of the database that holds their branches. */
class RecordingBeforeTest {

  private static final CallPath CALL = CallPath.ROOT.call(1);

  private static Couriers couriers(Node node) {
    return node.bean(Couriers.class);
  }

  private static void fail() {
    throw new IllegalStateException("failed after its effect");
  }

  @EveryDatabase
  void theIntentIsDurableBeforeTheMethodRunsAndItsEndAfterwards(TestDatabase kind)
      throws Throwable {
    try (Scene scene = Scene.on(kind, Couriers.class)) {
      List<List<String>> seen = new ArrayList<>();
      couriers(scene.inventory()).during("Try a", () -> seen.add(scene.branches(INVENTORY)));

      scene
          .shop()
          .buy(
              () -> {
                scene.call(node -> couriers(node).reserve("a"));
                seen.add(scene.branches(INVENTORY));
              });

      assertThat(seen)
          .containsExactly(
              List.of("1/0 OPEN", "1/1 courier TRYING"), List.of("1/0 OPEN", "1/1 courier TRIED"));
      assertThat(scene.balance(INVENTORY, "a")).isEqualTo(SPENT);
      scene.endsWell();
    }
  }

  @EveryDatabase
  void aTryThatThrewAfterItsEffectIsCancelled(TestDatabase kind) {
    try (Scene scene = Scene.on(kind, Couriers.class)) {
      for (Node node : List.of(scene.order(), scene.inventory())) {
        couriers(node).during("Try a", RecordingBeforeTest::fail);
      }

      assertThatThrownBy(() -> scene.shop().buy(() -> couriers(scene.order()).reserve("a")))
          .hasMessage("failed after its effect");
      assertThatThrownBy(
              () -> scene.shop().buy(() -> scene.call(node -> couriers(node).reserve("a"))))
          .hasMessage("failed after its effect");

      for (Node node : List.of(scene.order(), scene.inventory())) {
        assertThat(couriers(node).calls()).containsExactly("Try a", "Cancel a");
        assertThat(scene.balance(node.service(), "a")).isEqualTo(UNTOUCHED);
      }
      scene.endsWell();
    }
  }

  @Test
  void aTryThatThrewAfterItsIntentForbidsTheCommitEvenIfItIsCaught() {
    try (Scene scene = Scene.on(TestDatabase.H2, Couriers.class)) {
      for (Node node : List.of(scene.order(), scene.inventory())) {
        couriers(node).during("Try a", RecordingBeforeTest::fail);
      }

      assertThatThrownBy(
              () ->
                  scene
                      .shop()
                      .buy(
                          () -> {
                            scene.reserveHere("b");
                            catchThrowable(() -> couriers(scene.order()).reserve("a"));
                          }))
          .isInstanceOf(GlobalTransactionAbortedException.class);
      assertThatThrownBy(
              () ->
                  scene
                      .shop()
                      .buy(
                          () -> {
                            scene.reserveHere("b");
                            scene.call(node -> catchThrowable(() -> couriers(node).reserve("a")));
                          }))
          .isInstanceOf(GlobalTransactionAbortedException.class);

      for (String service : List.of(ORDER, INVENTORY)) {
        assertThat(scene.balance(service, "a")).isEqualTo(UNTOUCHED);
        assertThat(scene.balance(service, "b")).isEqualTo(UNTOUCHED);
      }
      scene.endsWell();
    }
  }

  @EveryDatabase
  void cancelWaitsForAMethodThatIsAtWork(TestDatabase kind) {
    try (Scene scene = Scene.on(kind, Couriers.class)) {
      CallContext call = call(scene);
      Gate business = new Gate();
      couriers(scene.inventory()).during("Try a", business::pass);

      CompletableFuture<Scene.Served> trying = meanwhile(() -> reserve(scene, call));
      business.awaitSomebody();
      CompletionAnswer tooEarly = cancel(scene, call);

      assertThat(tooEarly.verdict()).isEqualTo(Verdict.RETRY);
      assertThat(tooEarly.detail()).contains("still at work");
      assertThat(couriers(scene.inventory()).calls()).containsExactly("Try a");
      business.open();
      assertThat(trying.join().thrown()).isNull();

      assertThat(cancel(scene, call)).isEqualTo(CompletionAnswer.DONE);
      assertThat(couriers(scene.inventory()).calls()).containsExactly("Try a", "Cancel a");
      assertThat(scene.balance(INVENTORY, "a")).isEqualTo(UNTOUCHED);
      scene.endsWell();
    }
  }

  @EveryDatabase
  void aMethodThatEndsAfterItWasCancelledIsCancelledOnceMore(TestDatabase kind) {
    try (Scene scene = Scene.on(kind, Couriers.class)) {
      CallContext call = call(scene);
      Gate before = new Gate();
      Couriers couriers = couriers(scene.inventory());
      couriers.during("Try a", before::pass);

      CompletableFuture<Scene.Served> trying = meanwhile(() -> reserve(scene, call));
      before.awaitSomebody();
      scene.advance(Node.TIMEOUT);
      assertThat(cancel(scene, call)).isEqualTo(CompletionAnswer.DONE);
      assertThat(scene.branches(INVENTORY)).containsExactly("1/0 ABORTED", "1/1 courier CANCELLED");
      // The effect of the method that hangs comes now, after its cancellation.
      scene.sql(INVENTORY).update("update account set available = 9, reserved = 1 where id = 'a'");
      before.open();

      assertThat(trying.join().thrown()).isInstanceOf(WorkRefusedException.class);
      assertThat(trying.join().enlisted().known()).isFalse();
      assertThat(couriers.calls()).containsExactly("Try a", "Cancel a", "Cancel a");
      assertThat(scene.balance(INVENTORY, "a")).isEqualTo(UNTOUCHED);
      scene.endsWell();
    }
  }

  @EveryDatabase
  void anIntentWhoseProcessDiedIsCancelledAfterTheDeadline(TestDatabase kind) {
    try (Scene scene = Scene.on(kind, Couriers.class)) {
      Node inventory = scene.inventory();
      couriers(inventory).during("Try a", inventory::die);

      catchThrowable(() -> scene.shop().buy(() -> scene.call(node -> couriers(node).reserve("a"))));
      assertThat(scene.balance(INVENTORY, "a")).isEqualTo(RESERVED);
      scene.endsWell();

      assertThat(couriers(scene.inventory()).calls()).containsExactly("Cancel a");
      assertThat(scene.balance(INVENTORY, "a")).isEqualTo(UNTOUCHED);
    }
  }

  @EveryDatabase
  void theInitiatorConfirmsItsEffectsElsewhereAfterTheDecisionIsDurable(TestDatabase kind)
      throws Throwable {
    try (Scene scene = Scene.on(kind, Couriers.class)) {
      List<String> seen = new ArrayList<>();
      couriers(scene.order()).during("Confirm a", () -> seen.addAll(scene.decisions()));

      scene.shop().buy(() -> couriers(scene.order()).reserve("a"));

      assertThat(seen).containsExactly("COMMIT DRIVING");
      assertThat(scene.balance(ORDER, "a")).isEqualTo(SPENT);
      scene.endsWell();
    }
  }

  @EveryDatabase
  void confirmIsRepeatedIfTheCommitThatRecordsItIsLost(TestDatabase kind) throws Throwable {
    try (Scene scene = Scene.on(kind, Couriers.class)) {
      AtomicBoolean lost = new AtomicBoolean();
      scene
          .cluster()
          .observe(
              INVENTORY,
              new CommitListener() {
                @Override
                public void beforeCommit(Commit commit) throws SQLException {
                  boolean confirm = commit.toString().contains("spent + reserved");
                  if (confirm && !lost.getAndSet(true)) {
                    throw new SQLNonTransientConnectionException("line broken", "08006");
                  }
                }
              });

      scene.shop().buy(() -> scene.call(node -> couriers(node).reserve("a")));
      assertThat(scene.branches(INVENTORY)).containsExactly("1/0 COMMITTED", "1/1 courier TRIED");
      scene.endsWell();

      assertThat(couriers(scene.inventory()).calls())
          .containsExactly("Try a", "Confirm a", "Confirm a");
      assertThat(scene.balance(INVENTORY, "a")).isEqualTo(SPENT);
    }
  }

  @EveryDatabase
  void anEffectElsewhereOfACallBackIsConfirmedBeforeTheCallerIsAnswered(TestDatabase kind)
      throws Throwable {
    try (Scene scene = Scene.on(kind, Couriers.class)) {
      Network network = scene.network();

      scene
          .shop()
          .buy(
              () -> {
                scene.reserveHere("b");
                scene.call(
                    inventory ->
                        network.call(inventory, ORDER, order -> couriers(order).reserve("a")));
              });

      assertThat(scene.branches(ORDER))
          .containsExactly(
              "0/0 COMMITTED", "0/1 stock CONFIRMED", "1.1/0 COMMITTED", "1.1/1 courier CONFIRMED");
      assertThat(scene.balance(ORDER, "a")).isEqualTo(SPENT);
      assertThat(scene.balance(ORDER, "b")).isEqualTo(SPENT);
      scene.endsWell();
    }
  }

  @Test
  void effectsElsewhereAreRefusedInsideTheLocalTransactionOfTheInitiator() {
    try (Scene scene = Scene.on(TestDatabase.H2, Couriers.class)) {
      assertThatThrownBy(
              () ->
                  scene.shop().buyInOneLocalTransaction(() -> couriers(scene.order()).reserve("a")))
          .isInstanceOf(TransactionUsageException.class);

      assertThat(couriers(scene.order()).calls()).isEmpty();
      assertThat(scene.branches(ORDER)).isEmpty();
    }
  }

  private static CallContext call(Scene scene) {
    return new CallContext(
        new GlobalTransaction(
            new Xid(scene.order().instance().identifiers().next()),
            scene.order().instance().site(),
            scene.cluster().clock().instant(),
            Node.TIMEOUT),
        CALL,
        Node.TIMEOUT);
  }

  private static Scene.Served reserve(Scene scene, CallContext call) {
    return scene.serve(scene.inventory(), call, () -> couriers(scene.inventory()).reserve("a"));
  }

  private static CompletionAnswer cancel(Scene scene, CallContext call) {
    return scene.orderInventory(Outcome.ABORT, call.transaction().xid(), CALL);
  }
}
