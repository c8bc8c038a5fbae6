package io.tcc.behaviour;

import static io.tcc.behaviour.Scene.INVENTORY;
import static io.tcc.behaviour.Scene.ORDER;
import static io.tcc.behaviour.Scene.SPENT;
import static io.tcc.behaviour.Scene.UNTOUCHED;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;

import io.tcc.behaviour.Shelf.SoldOutException;
import io.tcc.behaviour.Shop.HarmlessException;
import io.tcc.behaviour.Shop.LessHarmlessException;
import io.tcc.cluster.Cluster;
import io.tcc.testing.EveryDatabase;
import io.tcc.testing.TestDatabase;
import io.tcc.transaction.GlobalTransactionAbortedException;
import io.tcc.transaction.TransactionUsageException;
import java.io.IOException;
import java.util.ArrayDeque;
import java.util.List;
import java.util.Queue;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What a global transaction does where no process, message or database is lost. */
class HappyAndFailedPathTest {

  @EveryDatabase
  void eachBranchIsConfirmedOnceIfAllTrySucceed(TestDatabase kind) throws Throwable {
    try (Scene scene = Scene.on(kind)) {
      scene
          .shop()
          .buy(
              () -> {
                scene.reserveHere("a");
                scene.reserveThere("a");
              });

      assertThat(scene.stock(ORDER).calls()).containsExactly("Try a", "Confirm a");
      assertThat(scene.stock(INVENTORY).calls()).containsExactly("Try a", "Confirm a");
      assertThat(scene.balance(ORDER, "a")).isEqualTo(SPENT);
      assertThat(scene.balance(INVENTORY, "a")).isEqualTo(SPENT);
      scene.endsWell();
      assertThat(scene.decisions()).containsExactly("COMMIT DONE");
    }
  }

  @EveryDatabase
  void theFirstBranchIsCancelledOnceIfTheSecondTryThrows(TestDatabase kind) {
    try (Scene scene = Scene.on(kind)) {
      SoldOutException soldOut = new SoldOutException("original");
      scene
          .stock(INVENTORY)
          .during(
              "Try a",
              () -> {
                throw soldOut;
              });

      assertThatThrownBy(
              () ->
                  scene
                      .shop()
                      .buy(
                          () -> {
                            scene.reserveHere("a");
                            scene.reserveThere("a");
                          }))
          .isSameAs(soldOut);

      assertThat(scene.stock(ORDER).calls()).containsExactly("Try a", "Cancel a");
      assertThat(scene.stock(INVENTORY).calls()).containsExactly("Try a");
      assertThat(scene.balance(ORDER, "a")).isEqualTo(UNTOUCHED);
      assertThat(scene.balance(INVENTORY, "a")).isEqualTo(UNTOUCHED);
      scene.endsWell();
      assertThat(scene.decisions()).containsExactly("ABORT DONE");
    }
  }

  @Test
  void theMethodsResultReachesTheCaller() throws Throwable {
    try (Scene scene = Scene.on(TestDatabase.H2)) {
      assertThat(scene.shop().lookUp("a receipt", () -> scene.reserveThere("a")))
          .isEqualTo("a receipt");
    }
  }

  @ParameterizedTest
  @ValueSource(classes = {IllegalStateException.class, IOException.class, StackOverflowError.class})
  void withoutARuleEveryThrowableRollsBack(Class<? extends Throwable> type) throws Exception {
    Throwable thrown = type.getDeclaredConstructor().newInstance();
    try (Scene scene = Scene.on(TestDatabase.H2)) {
      assertThatThrownBy(
              () ->
                  scene
                      .shop()
                      .buy(
                          () -> {
                            scene.reserveHere("a");
                            scene.reserveThere("a");
                            throw thrown;
                          }))
          .isSameAs(thrown);

      assertThat(scene.balance(ORDER, "a")).isEqualTo(UNTOUCHED);
      assertThat(scene.balance(INVENTORY, "a")).isEqualTo(UNTOUCHED);
      scene.endsWell();
    }
  }

  @ParameterizedTest
  @ValueSource(classes = {HarmlessException.class, IOException.class, StackOverflowError.class})
  void whatDoesNotRollBackCommitsAndStillReachesTheCaller(Class<? extends Throwable> type)
      throws Exception {
    Throwable thrown = type.getDeclaredConstructor().newInstance();
    try (Scene scene = Scene.on(TestDatabase.H2)) {
      assertThatThrownBy(
              () ->
                  scene
                      .shop()
                      .buyForgivingly(
                          () -> {
                            scene.reserveHere("a");
                            scene.reserveThere("a");
                            throw thrown;
                          }))
          .isSameAs(thrown);

      assertThat(scene.balance(ORDER, "a")).isEqualTo(SPENT);
      assertThat(scene.balance(INVENTORY, "a")).isEqualTo(SPENT);
      scene.endsWell();
    }
  }

  @Test
  void theNearestRuleCountsForASubclass() {
    try (Scene scene = Scene.on(TestDatabase.H2)) {
      assertThatThrownBy(
              () ->
                  scene
                      .shop()
                      .buyForgivingly(
                          () -> {
                            scene.reserveThere("a");
                            throw new LessHarmlessException();
                          }))
          .isInstanceOf(LessHarmlessException.class);

      assertThat(scene.balance(INVENTORY, "a")).isEqualTo(UNTOUCHED);
    }
  }

  @Test
  void anExceptionThatWouldCommitIsTheCauseWhereSomethingElseForbidsTheCommit() {
    try (Scene scene = Scene.on(TestDatabase.H2)) {
      HarmlessException harmless = new HarmlessException();
      assertThatThrownBy(
              () ->
                  scene
                      .shop()
                      .buyForgivingly(
                          () -> {
                            scene.reserveThere("a");
                            scene.frame().forbidCommit("for a reason");
                            throw harmless;
                          }))
          .isInstanceOf(GlobalTransactionAbortedException.class)
          .hasMessageContaining("for a reason")
          .hasCause(harmless);

      assertThat(scene.balance(INVENTORY, "a")).isEqualTo(UNTOUCHED);
    }
  }

  @EveryDatabase
  void withoutABranchNothingIsWrittenAndNothingStaysOpen(TestDatabase kind) throws Throwable {
    try (Scene scene = Scene.on(kind)) {
      scene.order().dataSource().reset();
      scene.inventory().dataSource().reset();

      scene.shop().buy(() -> scene.call(inventory -> {}));
      assertThatThrownBy(() -> scene.shop().buy(() -> failing(scene)))
          .isInstanceOf(IllegalStateException.class);

      assertThat(scene.order().dataSource().durableCommits()).isEmpty();
      assertThat(scene.inventory().dataSource().durableCommits()).isEmpty();
      assertThat(scene.order().context().current()).isEmpty();
      assertThat(scene.decisions()).isEmpty();
      assertThat(scene.branches(ORDER)).isEmpty();
      assertThat(scene.order().events()).isEmpty();
    }
  }

  private static void failing(Scene scene) {
    scene.call(inventory -> {});
    throw new IllegalStateException("business failure");
  }

  @EveryDatabase
  void aLocalTransactionWithoutABranchLeavesItsBusinessChangeAlone(TestDatabase kind)
      throws Throwable {
    try (Scene scene = Scene.on(kind)) {
      scene
          .shop()
          .buyInOneLocalTransaction(
              () -> scene.order().sql().update("insert into journal values ('-', '-', 'plain')"));

      assertThat(scene.sql(ORDER).queryForObject("select count(*) from journal", Integer.class))
          .isEqualTo(1);
      assertThat(scene.decisions()).isEmpty();
      assertThat(scene.branches(ORDER)).isEmpty();
    }
  }

  @Test
  void tryOutsideAGlobalTransactionFailsAndSaysWhatToDo() {
    try (Scene scene = Scene.on(TestDatabase.H2)) {
      assertThatThrownBy(() -> scene.stock(ORDER).reserve("a"))
          .isInstanceOf(TransactionUsageException.class)
          .hasMessageContaining("outside a global transaction")
          .hasMessageContaining("@GlobalTx");

      assertThat(scene.stock(ORDER).calls()).isEmpty();
      assertThat(scene.balance(ORDER, "a")).isEqualTo(UNTOUCHED);
    }
  }

  @Test
  void confirmRunsInTheOrderOfTry() throws Throwable {
    try (Scene scene = Scene.on(TestDatabase.H2)) {
      scene.shop().buy(() -> List.of("b", "a", "c").forEach(scene::reserveHere));
      scene.shop().buy(() -> List.of("b", "a", "c").forEach(scene::reserveThere));

      assertThat(scene.stock(ORDER).calls()).endsWith("Confirm b", "Confirm a", "Confirm c");
      assertThat(scene.stock(INVENTORY).calls()).endsWith("Confirm b", "Confirm a", "Confirm c");
    }
  }

  @Test
  void cancelRunsInTheReverseOrderOfTry() {
    try (Scene scene = Scene.on(TestDatabase.H2)) {
      assertThatThrownBy(
              () ->
                  scene
                      .shop()
                      .buy(
                          () -> {
                            List.of("b", "a", "c").forEach(scene::reserveHere);
                            List.of("b", "a", "c").forEach(scene::reserveThere);
                            throw new IllegalStateException("business failure");
                          }))
          .hasMessage("business failure");

      assertThat(scene.stock(ORDER).calls()).endsWith("Cancel c", "Cancel a", "Cancel b");
      assertThat(scene.stock(INVENTORY).calls()).endsWith("Cancel c", "Cancel a", "Cancel b");
    }
  }

  @Test
  void moreThanNineBranchesAndMoreThanNineCallsKeepTheirOrder() throws Throwable {
    List<String> items = List.of("a", "b", "a", "b", "a", "b", "a", "b", "a", "b", "c", "d");
    String[] confirmed = items.stream().map(item -> "Confirm " + item).toArray(String[]::new);
    try (Scene scene = Scene.on(TestDatabase.H2)) {
      scene.shop().buy(() -> scene.call(node -> items.forEach(node.bean(Stock.class)::reserve)));
      assertThat(scene.stock(INVENTORY).calls()).endsWith(confirmed);

      scene.shop().buy(() -> items.forEach(scene::reserveThere));
      assertThat(scene.stock(INVENTORY).calls()).endsWith(confirmed);
    }
  }

  @EveryDatabase
  void aBranchThatCannotBeConfirmedDoesNotHoldUpItsSiblings(TestDatabase kind) throws Throwable {
    try (Scene scene = Scene.on(kind)) {
      for (String service : List.of(ORDER, INVENTORY)) {
        scene.stock(service).during("Confirm a", HappyAndFailedPathTest::fail);
      }

      scene
          .shop()
          .buy(
              () -> {
                List.of("a", "b").forEach(scene::reserveHere);
                List.of("a", "b").forEach(scene::reserveThere);
              });

      for (String service : List.of(ORDER, INVENTORY)) {
        assertThat(scene.balance(service, "a")).isEqualTo(Scene.RESERVED);
        assertThat(scene.balance(service, "b")).isEqualTo(SPENT);
        scene.stock(service).undisturbed("Confirm a");
      }
      scene.endsWell();
      assertThat(scene.balance(ORDER, "a")).isEqualTo(SPENT);
      assertThat(scene.balance(INVENTORY, "a")).isEqualTo(SPENT);
    }
  }

  private static void fail() {
    throw new IllegalStateException("cannot now");
  }

  @Test
  void aBranchThatCannotBeCancelledDoesNotHoldUpItsSiblings() {
    try (Scene scene = Scene.on(TestDatabase.H2)) {
      scene.stock(INVENTORY).during("Cancel b", HappyAndFailedPathTest::fail);

      Throwable thrown =
          catchThrowable(
              () ->
                  scene
                      .shop()
                      .buy(
                          () -> {
                            scene.call(
                                node -> List.of("a", "b").forEach(node.bean(Stock.class)::reserve));
                            throw new IllegalStateException("business failure");
                          }));

      assertThat(thrown).hasMessage("business failure");
      assertThat(scene.balance(INVENTORY, "a")).isEqualTo(UNTOUCHED);
      assertThat(scene.balance(INVENTORY, "b")).isEqualTo(Scene.RESERVED);
      scene.stock(INVENTORY).undisturbed("Cancel b");
      scene.endsWell();
      assertThat(scene.balance(INVENTORY, "b")).isEqualTo(UNTOUCHED);
    }
  }

  @EveryDatabase
  void aStepWithoutConfirmIsFinalWithItsTry(TestDatabase kind) throws Throwable {
    try (Scene scene = Scene.on(kind, Points.class)) {
      scene.shop().buy(() -> scene.call(node -> node.bean(Points.class).reserve("a")));

      assertThat(scene.inventory().bean(Points.class).calls()).containsExactly("Try a");
      assertThat(scene.balance(INVENTORY, "a")).isEqualTo(SPENT);
      assertThat(scene.branches(INVENTORY))
          .containsExactly("1/0 COMMITTED", "1/1 points CONFIRMED");
      scene.endsWell();
    }
  }

  @EveryDatabase
  void aStepWithoutConfirmIsCompensated(TestDatabase kind) {
    try (Scene scene = Scene.on(kind, Points.class)) {
      assertThatThrownBy(
              () ->
                  scene
                      .shop()
                      .buy(
                          () -> {
                            scene.call(node -> node.bean(Points.class).reserve("a"));
                            throw new IllegalStateException("business failure");
                          }))
          .hasMessage("business failure");

      assertThat(scene.inventory().bean(Points.class).calls()).containsExactly("Try a", "Cancel a");
      assertThat(scene.balance(INVENTORY, "a")).isEqualTo(UNTOUCHED);
      scene.endsWell();
    }
  }

  @Test
  void whoWaitsForTheDecisionOnlyIsAnsweredBeforeTheParticipantsAreTold() throws Throwable {
    Queue<Runnable> background = new ArrayDeque<>();
    try (Scene scene = Scene.on(TestDatabase.H2, background::add, Cluster.LIMITS)) {
      scene.shop().buyInAHurry(() -> scene.reserveThere("a"));

      assertThat(scene.decisions()).containsExactly("COMMIT DRIVING");
      assertThat(scene.balance(INVENTORY, "a")).isEqualTo(Scene.RESERVED);

      background.remove().run();
      assertThat(scene.balance(INVENTORY, "a")).isEqualTo(SPENT);
    }
  }

  @EveryDatabase
  void aTransactionOfOneServiceIsBornDone(TestDatabase kind) throws Throwable {
    try (Scene scene = Scene.on(kind)) {
      scene.order().dataSource().reset();

      scene
          .shop()
          .buy(
              () -> {
                scene.reserveHere("a");
                scene.reserveHere("b");
              });

      assertThat(scene.decisions()).containsExactly("COMMIT DONE");
      assertThat(scene.order().dataSource().durableCommits())
          .as("two Try, and the decision with both Confirm")
          .hasSize(3);
      scene.isSound();
    }
  }

  @EveryDatabase
  void onePooledConnectionIsEnough(TestDatabase kind) throws Throwable {
    try (Scene scene = Scene.on(kind, kind, new Cluster(Runnable::run, Cluster.LIMITS, 1))) {
      Shop.Body body =
          () -> {
            scene.reserveHere("a");
            scene.reserveThere("a");
          };
      scene.shop().buy(body);
      scene.shop().buyInOneLocalTransaction(body);
      for (String service : List.of(ORDER, INVENTORY)) {
        assertThat(scene.balance(service, "a")).isEqualTo(new Scene.Balance(8, 0, 2));
      }

      Shop.Body failing =
          () -> {
            body.run();
            throw new IllegalStateException("business failure");
          };
      assertThatThrownBy(() -> scene.shop().buy(failing)).hasMessage("business failure");
      assertThatThrownBy(() -> scene.shop().buyInOneLocalTransaction(failing))
          .hasMessage("business failure");
      for (String service : List.of(ORDER, INVENTORY)) {
        assertThat(scene.balance(service, "a")).isEqualTo(new Scene.Balance(8, 0, 2));
      }
      scene.endsWell();
    }
  }
}
