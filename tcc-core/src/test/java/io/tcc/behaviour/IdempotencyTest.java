package io.tcc.behaviour;

import static io.tcc.behaviour.Meanwhile.meanwhile;
import static io.tcc.behaviour.Scene.INVENTORY;
import static io.tcc.behaviour.Scene.ORDER;
import static io.tcc.behaviour.Scene.RESERVED;
import static io.tcc.behaviour.Scene.SPENT;
import static io.tcc.behaviour.Scene.UNTOUCHED;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tcc.cluster.Node;
import io.tcc.context.Frame;
import io.tcc.testing.EveryDatabase;
import io.tcc.testing.TestDatabase;
import io.tcc.transaction.CallPath;
import io.tcc.transaction.CompletionAnswer;
import io.tcc.transaction.CompletionAnswer.Verdict;
import io.tcc.transaction.GlobalTransactionAbortedException;
import io.tcc.transaction.Outcome;
import io.tcc.transaction.TransactionEvent.Conflict;
import io.tcc.transaction.TransactionEvent.Parked;
import io.tcc.transaction.WorkRefusedException;
import io.tcc.transaction.Xid;
import io.tcc.transport.CallContext;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.IntStream;

/** What happens where a message arrives again, at the same time, or at the wrong place. */
class IdempotencyTest {

  private static final CallPath FIRST_CALL = CallPath.ROOT.call(1);

  /** A decided transaction whose order to the inventory was lost. */
  private static Xid decidedButNotTold(Scene scene, Outcome outcome) throws Throwable {
    AtomicReference<Xid> xid = new AtomicReference<>();
    scene.loseOrders();
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
    scene.loseNothing();
    assertThat(scene.balance(INVENTORY, "a")).isEqualTo(RESERVED);
    return xid.get();
  }

  @EveryDatabase
  void confirmDeliveredAgainRunsOnceAndSucceeds(TestDatabase kind) throws Throwable {
    try (Scene scene = Scene.on(kind)) {
      Xid xid = decidedButNotTold(scene, Outcome.COMMIT);

      for (int i = 0; i < 3; i++) {
        assertThat(scene.orderInventory(Outcome.COMMIT, xid, FIRST_CALL))
            .isEqualTo(CompletionAnswer.DONE);
      }

      assertThat(scene.stock(INVENTORY).calls()).containsExactly("Try a", "Confirm a");
      assertThat(scene.balance(INVENTORY, "a")).isEqualTo(SPENT);
      scene.endsWell();
    }
  }

  @EveryDatabase
  void cancelDeliveredAgainRunsOnceAndSucceeds(TestDatabase kind) throws Throwable {
    try (Scene scene = Scene.on(kind)) {
      Xid xid = decidedButNotTold(scene, Outcome.ABORT);

      for (int i = 0; i < 3; i++) {
        assertThat(scene.orderInventory(Outcome.ABORT, xid, FIRST_CALL))
            .isEqualTo(CompletionAnswer.DONE);
      }

      assertThat(scene.stock(INVENTORY).calls()).containsExactly("Try a", "Cancel a");
      assertThat(scene.balance(INVENTORY, "a")).isEqualTo(UNTOUCHED);
      scene.endsWell();
    }
  }

  @EveryDatabase
  void confirmDeliveredTwiceAtTheSameTimeRunsOnceAndBothSucceed(TestDatabase kind)
      throws Throwable {
    deliveredTwiceAtTheSameTime(kind, Outcome.COMMIT, "Confirm a");
  }

  @EveryDatabase
  void cancelDeliveredTwiceAtTheSameTimeRunsOnceAndBothSucceed(TestDatabase kind) throws Throwable {
    deliveredTwiceAtTheSameTime(kind, Outcome.ABORT, "Cancel a");
  }

  private static void deliveredTwiceAtTheSameTime(
      TestDatabase kind, Outcome outcome, String completion) throws Throwable {
    try (Scene scene = Scene.on(kind)) {
      Xid xid = decidedButNotTold(scene, outcome);
      Gate business = new Gate();
      scene.stock(INVENTORY).during(completion, business::pass);

      CompletableFuture<CompletionAnswer> first =
          meanwhile(() -> scene.orderInventory(outcome, xid, FIRST_CALL));
      business.awaitSomebody();
      CompletableFuture<CompletionAnswer> second =
          meanwhile(() -> scene.orderInventory(outcome, xid, FIRST_CALL));
      scene.awaitSomebodyWaitingForALock(INVENTORY);
      assertThat(scene.stock(INVENTORY).calls()).containsExactly("Try a", completion);
      business.open();

      assertThat(first.join()).isEqualTo(CompletionAnswer.DONE);
      assertThat(second.join()).isEqualTo(CompletionAnswer.DONE);
      assertThat(scene.stock(INVENTORY).calls()).containsExactly("Try a", completion);
      scene.endsWell();
    }
  }

  @EveryDatabase
  void manyDeliveriesAtTheSameTimeRunOnceAndAllSucceed(TestDatabase kind) throws Throwable {
    try (Scene scene = Scene.on(kind)) {
      for (int round = 0; round < 10; round++) {
        scene.sql(INVENTORY).update("update account set available = 10, spent = 0");
        Outcome outcome = round % 2 == 0 ? Outcome.COMMIT : Outcome.ABORT;
        Xid xid = decidedButNotTold(scene, outcome);
        Gate start = new Gate();

        List<CompletableFuture<CompletionAnswer>> answers =
            IntStream.range(0, 4)
                .mapToObj(
                    i ->
                        meanwhile(
                            () -> {
                              start.pass();
                              return scene.orderInventory(outcome, xid, FIRST_CALL);
                            }))
                .toList();
        start.awaitSomebody();
        start.open();

        assertThat(answers).allSatisfy(a -> assertThat(a.join()).isEqualTo(CompletionAnswer.DONE));
      }
      scene.endsWell();
      assertThat(scene.stock(INVENTORY).calls()).hasSize(20);
    }
  }

  @EveryDatabase
  void confirmForAnUnknownBranchIsAConflictAndExecutesNothing(TestDatabase kind) {
    try (Scene scene = Scene.on(kind)) {
      Xid xid = new Xid(scene.order().instance().identifiers().next());

      CompletionAnswer answer = scene.orderInventory(Outcome.COMMIT, xid, FIRST_CALL);

      assertThat(answer.verdict()).isEqualTo(Verdict.CONFLICT);
      assertThat(answer.detail()).contains(xid.value()).contains("nothing is known");
      assertThat(Scene.events(scene.inventory(), Conflict.class)).hasSize(1);
      assertThat(scene.branches(INVENTORY)).isEmpty();
      assertThat(scene.stock(INVENTORY).calls()).isEmpty();
    }
  }

  @EveryDatabase
  void aCommitThatAParticipantCannotKnowIsParkedAndNotRetriedForEver(TestDatabase kind)
      throws Throwable {
    try (Scene scene = Scene.on(kind)) {
      decidedButNotTold(scene, Outcome.COMMIT);
      scene.sql(INVENTORY).update("delete from tcc_branch"); // as a restored backup may lack it

      scene.advance(Duration.ofMinutes(2));
      scene.order().recovery().runOnce();

      assertThat(scene.decisions()).containsExactly("COMMIT PARKED");
      assertThat(scene.eventsHere(Parked.class)).hasSize(1);
      List<String> messages = new ArrayList<>();
      scene.network().intercept((what, from, to) -> messages.add(what));
      for (int hour = 0; hour < 24; hour++) {
        scene.advance(Duration.ofHours(1));
        scene.order().recovery().runOnce();
      }
      assertThat(messages).isEmpty();
      assertThat(scene.eventsHere(Parked.class)).hasSize(1);
      assertThat(scene.stock(INVENTORY).calls()).containsExactly("Try a");
    }
  }

  @EveryDatabase
  void confirmAfterCancelIsAConflictAndExecutesNothing(TestDatabase kind) throws Throwable {
    contradiction(kind, Outcome.ABORT, "Cancel a", UNTOUCHED);
  }

  @EveryDatabase
  void cancelAfterConfirmIsAConflictAndExecutesNothing(TestDatabase kind) throws Throwable {
    contradiction(kind, Outcome.COMMIT, "Confirm a", SPENT);
  }

  private static void contradiction(
      TestDatabase kind, Outcome first, String completion, Scene.Balance balance) throws Throwable {
    try (Scene scene = Scene.on(kind)) {
      Xid xid = decidedButNotTold(scene, first);
      scene.orderInventory(first, xid, FIRST_CALL);
      Outcome second = first == Outcome.COMMIT ? Outcome.ABORT : Outcome.COMMIT;

      CompletionAnswer answer = scene.orderInventory(second, xid, FIRST_CALL);

      assertThat(answer.verdict()).isEqualTo(Verdict.CONFLICT);
      assertThat(Scene.events(scene.inventory(), Conflict.class))
          .extracting(Conflict::xid, Conflict::ordered)
          .containsExactly(org.assertj.core.groups.Tuple.tuple(xid, second));
      assertThat(scene.stock(INVENTORY).calls()).containsExactly("Try a", completion);
      assertThat(scene.balance(INVENTORY, "a")).isEqualTo(balance);
      scene.endsWell();
    }
  }

  @EveryDatabase
  void aCallThatIsExecutedASecondTimeReservesOnceAndForbidsTheCommit(TestDatabase kind) {
    try (Scene scene = Scene.on(kind)) {
      assertThatThrownBy(
              () ->
                  scene
                      .shop()
                      .buy(
                          () -> {
                            Frame.Call call = scene.frame().startCall(INVENTORY);
                            CallContext context = scene.contextOf(call);
                            Scene.Served first = reserve(scene, scene.inventory(), context);
                            Scene.Served second = reserve(scene, scene.inventory(), context);

                            assertThat(first.thrown()).isNull();
                            assertThat(second.thrown()).isInstanceOf(WorkRefusedException.class);
                            assertThat(second.enlisted().known()).isFalse();
                            assertThat(scene.balance(INVENTORY, "a")).isEqualTo(RESERVED);
                            call.answered(second.enlisted(), true);
                          }))
          .isInstanceOf(GlobalTransactionAbortedException.class);

      assertThat(scene.stock(INVENTORY).calls()).containsExactly("Try a", "Cancel a");
      assertThat(scene.balance(INVENTORY, "a")).isEqualTo(UNTOUCHED);
      scene.endsWell();
    }
  }

  private static Scene.Served reserve(Scene scene, Node node, CallContext context) {
    return scene.serve(node, context, () -> node.bean(Stock.class).reserve("a"));
  }

  @EveryDatabase
  void aCallThatIsExecutedTwiceAtTheSameTimeReservesOnce(TestDatabase kind) throws Throwable {
    try (Scene scene = Scene.on(kind)) {
      Gate business = new Gate();
      scene.stock(INVENTORY).during("Try a", business::pass);
      scene
          .shop()
          .buy(
              () -> {
                Frame.Call call = scene.frame().startCall(INVENTORY);
                CallContext context = scene.contextOf(call);
                CompletableFuture<Scene.Served> first =
                    meanwhile(() -> reserve(scene, scene.inventory(), context));
                business.awaitSomebody();
                CompletableFuture<Scene.Served> second =
                    meanwhile(() -> reserve(scene, scene.inventory(), context));
                scene.awaitSomebodyWaitingForALock(INVENTORY);
                business.open();

                assertThat(first.join().thrown()).isNull();
                assertThat(second.join().thrown()).isInstanceOf(WorkRefusedException.class);
                call.answered(first.join().enlisted(), false);
              });

      assertThat(scene.stock(INVENTORY).calls()).containsExactly("Try a", "Confirm a");
      assertThat(scene.balance(INVENTORY, "a")).isEqualTo(SPENT);
      scene.endsWell();
    }
  }

  @EveryDatabase
  void aRepeatedCallMayReserveIfItsFirstExecutionRolledBack(TestDatabase kind) throws Throwable {
    try (Scene scene = Scene.on(kind)) {
      scene
          .stock(INVENTORY)
          .during(
              "Try a",
              () -> {
                throw new IllegalStateException("the first time");
              });
      scene
          .shop()
          .buy(
              () -> {
                Frame.Call call = scene.frame().startCall(INVENTORY);
                CallContext context = scene.contextOf(call);
                assertThat(reserve(scene, scene.inventory(), context).thrown())
                    .hasMessage("the first time");
                scene.stock(INVENTORY).undisturbed("Try a");
                call.answered(reserve(scene, scene.inventory(), context).enlisted(), false);
              });

      assertThat(scene.balance(INVENTORY, "a")).isEqualTo(SPENT);
      scene.endsWell();
    }
  }

  @EveryDatabase
  void aConfirmWhoseSqlFailsIsRolledBackWithItsRowAndSucceedsLater(TestDatabase kind)
      throws Throwable {
    sqlFails(kind, Outcome.COMMIT, "Confirm a", SPENT);
  }

  @EveryDatabase
  void aCancelWhoseSqlFailsIsRolledBackWithItsRowAndSucceedsLater(TestDatabase kind)
      throws Throwable {
    sqlFails(kind, Outcome.ABORT, "Cancel a", UNTOUCHED);
  }

  private static void sqlFails(
      TestDatabase kind, Outcome outcome, String completion, Scene.Balance end) throws Throwable {
    try (Scene scene = Scene.on(kind)) {
      Xid xid = decidedButNotTold(scene, outcome);
      scene
          .stock(INVENTORY)
          .during(
              completion,
              () -> scene.inventory().sql().update("insert into account (id) values ('x')"));

      CompletionAnswer answer = scene.orderInventory(outcome, xid, FIRST_CALL);

      assertThat(answer.verdict()).isEqualTo(Verdict.RETRY);
      assertThat(scene.balance(INVENTORY, "a")).isEqualTo(RESERVED);
      assertThat(scene.branches(INVENTORY)).contains("1/1 stock TRIED");
      assertThat(scene.sql(INVENTORY).queryForList("select * from journal")).isEmpty();

      scene.stock(INVENTORY).undisturbed(completion);
      assertThat(scene.orderInventory(outcome, xid, FIRST_CALL)).isEqualTo(CompletionAnswer.DONE);
      assertThat(scene.balance(INVENTORY, "a")).isEqualTo(end);
      scene.endsWell();
    }
  }

  @EveryDatabase
  void aFailingConfirmOfTheInitiatorDoesNotChangeTheDecision(TestDatabase kind) throws Throwable {
    try (Scene scene = Scene.on(kind)) {
      scene
          .stock(ORDER)
          .during(
              "Confirm a",
              () -> scene.order().sql().update("insert into account (id) values ('x')"));

      scene
          .shop()
          .buy(
              () -> {
                scene.reserveHere("a");
                scene.reserveThere("a");
              });

      assertThat(scene.decisions()).containsExactly("COMMIT DRIVING");
      assertThat(scene.balance(ORDER, "a")).isEqualTo(RESERVED);
      assertThat(scene.balance(INVENTORY, "a")).isEqualTo(SPENT);
      scene.stock(ORDER).undisturbed("Confirm a");
      scene.endsWell();
      assertThat(scene.balance(ORDER, "a")).isEqualTo(SPENT);
      assertThat(scene.stock(INVENTORY).calls()).containsExactly("Try a", "Confirm a");
    }
  }
}
