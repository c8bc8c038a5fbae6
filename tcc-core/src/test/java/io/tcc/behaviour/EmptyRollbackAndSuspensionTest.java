package io.tcc.behaviour;

import static io.tcc.behaviour.Meanwhile.meanwhile;
import static io.tcc.behaviour.Scene.INVENTORY;
import static io.tcc.behaviour.Scene.UNTOUCHED;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tcc.behaviour.Scene.Served;
import io.tcc.context.Frame;
import io.tcc.testing.Commit;
import io.tcc.testing.CommitListener;
import io.tcc.testing.EveryDatabase;
import io.tcc.testing.TestDatabase;
import io.tcc.transaction.CallPath;
import io.tcc.transaction.CompletionAnswer;
import io.tcc.transaction.GlobalTransaction;
import io.tcc.transaction.Outcome;
import io.tcc.transaction.WorkRefusedException;
import io.tcc.transaction.Xid;
import io.tcc.transport.CallContext;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;

/** Cancel that comes before Try, Try that comes after Cancel, and both at the same time. */
class EmptyRollbackAndSuspensionTest {

  private static final CallPath CALL = CallPath.ROOT.call(1);

  /** The context of a call that nobody waits for. */
  private static CallContext call(Scene scene) {
    Xid xid = new Xid(scene.order().instance().identifiers().next());
    GlobalTransaction transaction =
        new GlobalTransaction(
            xid,
            scene.order().instance().site(),
            scene.cluster().clock().instant(),
            io.tcc.cluster.Node.TIMEOUT);
    return new CallContext(transaction, CALL, io.tcc.cluster.Node.TIMEOUT);
  }

  private static Served reserve(Scene scene, CallContext call, Class<? extends Shelf> shelf) {
    return scene.serve(scene.inventory(), call, () -> scene.inventory().bean(shelf).reserve("a"));
  }

  private static CompletionAnswer cancel(Scene scene, CallContext call) {
    return scene.orderInventory(Outcome.ABORT, call.transaction().xid(), CALL);
  }

  @EveryDatabase
  void cancelWithoutTryCallsNobodyAndLeavesATombstone(TestDatabase kind) {
    try (Scene scene = Scene.on(kind)) {
      CallContext call = call(scene);

      assertThat(cancel(scene, call)).isEqualTo(CompletionAnswer.DONE);

      assertThat(scene.stock(INVENTORY).calls()).isEmpty();
      assertThat(scene.branches(INVENTORY)).containsExactly("1/0 ABORTED");
      assertThat(cancel(scene, call)).isEqualTo(CompletionAnswer.DONE);
    }
  }

  @EveryDatabase
  void aTryThatComesAfterItsCancelIsRefusedWithoutEffect(TestDatabase kind) {
    try (Scene scene = Scene.on(kind)) {
      CallContext call = call(scene);
      cancel(scene, call);

      Served late = reserve(scene, call, Stock.class);

      assertThat(late.thrown()).isInstanceOf(WorkRefusedException.class);
      assertThat(scene.stock(INVENTORY).calls()).isEmpty();
      assertThat(scene.balance(INVENTORY, "a")).isEqualTo(UNTOUCHED);
      assertThat(scene.branches(INVENTORY)).containsExactly("1/0 ABORTED");
    }
  }

  @EveryDatabase
  void aSecondTryOfACallWhoseFirstOneWasCancelledIsRefused(TestDatabase kind) {
    try (Scene scene = Scene.on(kind)) {
      CallContext call = call(scene);

      Served served =
          scene.serve(
              scene.inventory(),
              call,
              () -> {
                scene.stock(INVENTORY).reserve("a");
                assertThat(cancel(scene, call)).isEqualTo(CompletionAnswer.DONE);
                scene.stock(INVENTORY).reserve("b");
              });

      assertThat(served.thrown())
          .isInstanceOf(WorkRefusedException.class)
          .hasMessageContaining("after its call was completed");
      assertThat(scene.stock(INVENTORY).calls()).containsExactly("Try a", "Cancel a");
      assertThat(scene.balance(INVENTORY, "b")).isEqualTo(UNTOUCHED);
      scene.endsWell();
    }
  }

  @Test
  void aCallThatIsStillOnItsWayAtTheAbortIsRefusedWhenItArrives() {
    try (Scene scene = Scene.on(TestDatabase.H2)) {
      AtomicReference<CallContext> onItsWay = new AtomicReference<>();
      assertThatThrownBy(
              () ->
                  scene
                      .shop()
                      .buy(
                          () -> {
                            Frame.Call call = scene.frame().startCall(INVENTORY);
                            onItsWay.set(scene.contextOf(call));
                            call.unknown("timed out");
                            throw new IllegalStateException("no answer");
                          }))
          .hasMessage("no answer");
      assertThat(scene.branches(INVENTORY)).containsExactly("1/0 ABORTED");

      Served late = reserve(scene, onItsWay.get(), Stock.class);

      assertThat(late.thrown()).isInstanceOf(WorkRefusedException.class);
      assertThat(scene.stock(INVENTORY).calls()).isEmpty();
      scene.endsWell();
    }
  }

  @EveryDatabase
  void cancelWaitsForAnOpenTryAtReadCommitted(TestDatabase kind) {
    cancelWaitsForAnOpenTry(kind, ReadCommittedStock.class);
  }

  @EveryDatabase
  void cancelWaitsForAnOpenTryAtRepeatableRead(TestDatabase kind) {
    cancelWaitsForAnOpenTry(kind, RepeatableReadStock.class);
  }

  private static void cancelWaitsForAnOpenTry(TestDatabase kind, Class<? extends Shelf> shelf) {
    try (Scene scene = Scene.on(kind, shelf)) {
      CallContext call = call(scene);
      Gate business = new Gate();
      scene.inventory().bean(shelf).during("Try a", business::pass);

      CompletableFuture<Served> trying = meanwhile(() -> reserve(scene, call, shelf));
      business.awaitSomebody();
      CompletableFuture<CompletionAnswer> cancelling = meanwhile(() -> cancel(scene, call));
      scene.awaitSomebodyWaitingForALock(INVENTORY);
      business.open();

      assertThat(trying.join().thrown()).isNull();
      assertThat(cancelling.join()).isEqualTo(CompletionAnswer.DONE);
      assertThat(scene.inventory().bean(shelf).calls()).containsExactly("Try a", "Cancel a");
      assertThat(scene.balance(INVENTORY, "a")).isEqualTo(UNTOUCHED);
      scene.endsWell();
    }
  }

  @EveryDatabase
  void cancelOfATryThatRollsBackLeavesATombstoneAtReadCommitted(TestDatabase kind) {
    cancelOfATryThatRollsBack(kind, ReadCommittedStock.class);
  }

  @EveryDatabase
  void cancelOfATryThatRollsBackLeavesATombstoneAtRepeatableRead(TestDatabase kind) {
    cancelOfATryThatRollsBack(kind, RepeatableReadStock.class);
  }

  private static void cancelOfATryThatRollsBack(TestDatabase kind, Class<? extends Shelf> shelf) {
    try (Scene scene = Scene.on(kind, shelf)) {
      CallContext call = call(scene);
      Gate business = new Gate();
      scene
          .inventory()
          .bean(shelf)
          .during(
              "Try a",
              () -> {
                business.pass();
                throw new IllegalStateException("business failure");
              });

      CompletableFuture<Served> trying = meanwhile(() -> reserve(scene, call, shelf));
      business.awaitSomebody();
      CompletableFuture<CompletionAnswer> cancelling = meanwhile(() -> cancel(scene, call));
      scene.awaitSomebodyWaitingForALock(INVENTORY);
      business.open();

      assertThat(trying.join().thrown()).hasMessage("business failure");
      assertThat(cancelling.join()).isEqualTo(CompletionAnswer.DONE);
      assertThat(scene.inventory().bean(shelf).calls()).containsExactly("Try a");
      assertThat(scene.branches(INVENTORY)).containsExactly("1/0 ABORTED");
      assertThat(scene.balance(INVENTORY, "a")).isEqualTo(UNTOUCHED);
    }
  }

  @EveryDatabase
  void aTryThatMeetsAnOpenCancelIsRefusedAtReadCommitted(TestDatabase kind) {
    aTryThatMeetsAnOpenCancelIsRefused(kind, ReadCommittedStock.class);
  }

  @EveryDatabase
  void aTryThatMeetsAnOpenCancelIsRefusedAtRepeatableRead(TestDatabase kind) {
    aTryThatMeetsAnOpenCancelIsRefused(kind, RepeatableReadStock.class);
  }

  private static void aTryThatMeetsAnOpenCancelIsRefused(
      TestDatabase kind, Class<? extends Shelf> shelf) {
    try (Scene scene = Scene.on(kind, shelf)) {
      CallContext call = call(scene);
      Gate commit = new Gate();
      scene.cluster().observe(INVENTORY, before(commit));

      CompletableFuture<CompletionAnswer> cancelling = meanwhile(() -> cancel(scene, call));
      commit.awaitSomebody();
      CompletableFuture<Served> trying = meanwhile(() -> reserve(scene, call, shelf));
      scene.awaitSomebodyWaitingForALock(INVENTORY);
      commit.open();

      assertThat(cancelling.join()).isEqualTo(CompletionAnswer.DONE);
      assertThat(trying.join().thrown()).isInstanceOf(WorkRefusedException.class);
      assertThat(scene.inventory().bean(shelf).calls()).isEmpty();
      assertThat(scene.branches(INVENTORY)).containsExactly("1/0 ABORTED");
      assertThat(scene.balance(INVENTORY, "a")).isEqualTo(UNTOUCHED);
    }
  }

  @EveryDatabase
  void aSecondTryThatMeetsAnOpenCancelIsRefused(TestDatabase kind) {
    try (Scene scene = Scene.on(kind)) {
      CallContext call = call(scene);
      Gate commit = new Gate();

      Served served =
          scene.serve(
              scene.inventory(),
              call,
              () -> {
                scene.stock(INVENTORY).reserve("a");
                scene.cluster().observe(INVENTORY, before(commit));
                CompletableFuture<CompletionAnswer> cancelling =
                    meanwhile(() -> cancel(scene, call));
                commit.awaitSomebody();
                CompletableFuture<Void> opening =
                    meanwhile(
                        () -> {
                          scene.awaitSomebodyWaitingForALock(INVENTORY);
                          commit.open();
                          return null;
                        });
                try {
                  scene.stock(INVENTORY).reserve("b");
                } finally {
                  opening.join();
                  assertThat(cancelling.join()).isEqualTo(CompletionAnswer.DONE);
                }
              });

      assertThat(served.thrown())
          .isInstanceOf(WorkRefusedException.class)
          .hasMessageContaining("after its call was completed");
      assertThat(scene.stock(INVENTORY).calls()).containsExactly("Try a", "Cancel a");
      assertThat(scene.balance(INVENTORY, "b")).isEqualTo(UNTOUCHED);
      scene.endsWell();
    }
  }

  /** Whoever commits first stops before it. */
  private static CommitListener before(Gate gate) {
    return new CommitListener() {
      @Override
      public void beforeCommit(Commit commit) {
        gate.pass();
      }
    };
  }

  @EveryDatabase
  void exactlyOneOfTryAndCancelWinsAtReadCommitted(TestDatabase kind) {
    exactlyOneWins(kind, ReadCommittedStock.class);
  }

  @EveryDatabase
  void exactlyOneOfTryAndCancelWinsAtRepeatableRead(TestDatabase kind) {
    exactlyOneWins(kind, RepeatableReadStock.class);
  }

  /** Two executions of a call and two Cancel start at the same moment, again and again. */
  private static void exactlyOneWins(TestDatabase kind, Class<? extends Shelf> shelf) {
    try (Scene scene = Scene.on(kind, shelf)) {
      int refused = 0;
      for (int round = 0; round < 40; round++) {
        CallContext call = call(scene);
        Gate start = new Gate();
        List<CompletableFuture<Served>> tries =
            List.of(
                meanwhile(
                    () -> {
                      start.pass();
                      return reserve(scene, call, shelf);
                    }),
                meanwhile(
                    () -> {
                      start.pass();
                      return reserve(scene, call, shelf);
                    }));
        List<CompletableFuture<CompletionAnswer>> cancels =
            List.of(
                meanwhile(
                    () -> {
                      start.pass();
                      return cancel(scene, call);
                    }),
                meanwhile(
                    () -> {
                      start.pass();
                      return cancel(scene, call);
                    }));
        start.awaitSomebody();
        start.open();

        assertThat(cancels).allSatisfy(c -> assertThat(c.join()).isEqualTo(CompletionAnswer.DONE));
        List<Throwable> thrown =
            tries.stream().map(t -> t.join().thrown()).filter(t -> t != null).toList();
        assertThat(thrown)
            .isNotEmpty()
            .allSatisfy(t -> assertThat(t).isInstanceOf(WorkRefusedException.class));
        refused += thrown.size();
        assertThat(scene.balance(INVENTORY, "a")).isEqualTo(UNTOUCHED);
      }
      int won = 80 - refused;
      List<String> calls = scene.inventory().bean(shelf).calls();
      assertThat(calls).filteredOn("Cancel a"::equals).hasSize(won);
      scene.endsWell();
    }
  }
}
