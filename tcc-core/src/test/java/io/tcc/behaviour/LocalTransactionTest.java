package io.tcc.behaviour;

import static io.tcc.behaviour.Scene.INVENTORY;
import static io.tcc.behaviour.Scene.ORDER;
import static io.tcc.behaviour.Scene.SPENT;
import static io.tcc.behaviour.Scene.UNTOUCHED;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;

import io.tcc.behaviour.Shop.HarmlessException;
import io.tcc.cluster.Node;
import io.tcc.testing.Commit;
import io.tcc.testing.CommitListener;
import io.tcc.testing.EveryDatabase;
import io.tcc.testing.TestDatabase;
import io.tcc.transaction.TransactionUsageException;
import io.tcc.transaction.WorkRefusedException;
import java.io.IOException;
import java.sql.SQLException;
import java.sql.SQLNonTransientConnectionException;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.springframework.transaction.UnexpectedRollbackException;

/** What the local transactions around business code make sure of. */
class LocalTransactionTest {

  private static final String NOTE = "insert into journal values ('-', '-', 'note')";

  private static int notes(Scene scene, String service) {
    return scene.sql(service).queryForObject("select count(*) from journal", Integer.class);
  }

  /** Business code that swallows a deadlock and goes on as if nothing had been. */
  private static void carelessly(Deadlock deadlock, Node node) {
    deadlock.swallowed(node.sql());
    node.sql().update(NOTE);
  }

  private static Shelf.Incident once(Node node, Deadlock deadlock) {
    return () -> {
      node.bean(Stock.class).undisturbed("Confirm a");
      carelessly(deadlock, node);
    };
  }

  @EveryDatabase
  void aDeadlockThatIsSwallowedInsideATryRollsAllOfItBack(TestDatabase kind) {
    for (String service : List.of(ORDER, INVENTORY)) {
      try (Scene scene = Scene.on(kind)) {
        Node node = scene.cluster().node(service);
        Deadlock deadlock = new Deadlock(scene, service);
        scene.stock(service).during("Try a", () -> carelessly(deadlock, node));

        Throwable thrown =
            catchThrowable(
                () ->
                    scene
                        .shop()
                        .buy(
                            () -> {
                              scene.reserveThere("b");
                              scene.reserveHere("b");
                              if (service.equals(ORDER)) {
                                scene.reserveHere("a");
                              } else {
                                scene.reserveThere("a");
                              }
                            }));

        assertThat(thrown).isNotNull();
        if (kind != TestDatabase.POSTGRESQL) { // There, the business code itself cannot go on.
          assertThat(thrown)
              .isInstanceOf(WorkRefusedException.class)
              .hasMessageContaining("the error was swallowed");
        }
        assertThat(scene.balance(service, "a")).isEqualTo(UNTOUCHED);
        assertThat(scene.balance(ORDER, "b")).isEqualTo(UNTOUCHED);
        assertThat(scene.balance(INVENTORY, "b")).isEqualTo(UNTOUCHED);
        assertThat(scene.sql(service).queryForList("select what from journal where xid = '-'"))
            .isEmpty();
        scene.endsWell();
      }
    }
  }

  @EveryDatabase
  void aDeadlockThatIsSwallowedInTheLocalTransactionOfTheInitiatorRollsAllOfItBack(
      TestDatabase kind) {
    try (Scene scene = Scene.on(kind)) {
      Deadlock deadlock = new Deadlock(scene, ORDER);
      Throwable thrown =
          catchThrowable(
              () ->
                  scene
                      .shop()
                      .buyInOneLocalTransaction(
                          () -> {
                            scene.reserveThere("b");
                            scene
                                .order()
                                .sql()
                                .update("update account set available = 5 where id = 'a'");
                            carelessly(deadlock, scene.order());
                          }));

      assertThat(thrown).isNotNull();
      if (kind != TestDatabase.POSTGRESQL) {
        assertThat(thrown).hasMessageContaining("the error was swallowed");
      }
      assertThat(scene.balance(ORDER, "a")).isEqualTo(UNTOUCHED);
      assertThat(scene.balance(INVENTORY, "b")).isEqualTo(UNTOUCHED);
      assertThat(notes(scene, ORDER)).isZero();
      scene.endsWell();
      assertThat(scene.branches(ORDER)).isEmpty();
    }
  }

  @EveryDatabase
  void aDeadlockThatIsSwallowedInsideAConfirmRollsAllOfItBackAndItIsRepeated(TestDatabase kind)
      throws Throwable {
    try (Scene scene = Scene.on(kind)) {
      Deadlock deadlock = new Deadlock(scene, INVENTORY);
      scene.stock(INVENTORY).during("Confirm a", once(scene.inventory(), deadlock));

      scene
          .shop()
          .buy(
              () -> {
                scene.reserveThere("b");
                scene.reserveThere("a");
              });

      assertThat(scene.stock(INVENTORY).calls())
          .containsExactly("Try b", "Try a", "Confirm b", "Confirm a", "Confirm b", "Confirm a");
      assertThat(scene.balance(INVENTORY, "a")).isEqualTo(SPENT);
      assertThat(scene.balance(INVENTORY, "b")).isEqualTo(SPENT);
      assertThat(notes(scene, INVENTORY)).as("one line for each Confirm").isEqualTo(2);
      scene.endsWell();
    }
  }

  @EveryDatabase
  void aDeadlockThatIsSwallowedInsideTheInitiatorsConfirmDoesNotLoseTheDecision(TestDatabase kind)
      throws Throwable {
    try (Scene scene = Scene.on(kind)) {
      Deadlock deadlock = new Deadlock(scene, ORDER);
      scene.stock(ORDER).during("Confirm a", once(scene.order(), deadlock));

      scene
          .shop()
          .buy(
              () -> {
                scene.reserveHere("a");
                scene.reserveThere("a");
              });

      assertThat(scene.decisions()).containsExactly("COMMIT DRIVING");
      assertThat(scene.stock(ORDER).calls()).containsExactly("Try a", "Confirm a", "Confirm a");
      assertThat(scene.balance(ORDER, "a")).isEqualTo(SPENT);
      assertThat(scene.balance(INVENTORY, "a")).isEqualTo(SPENT);
      assertThat(notes(scene, ORDER)).as("one line for the Confirm").isEqualTo(1);
      scene.endsWell();
    }
  }

  @EveryDatabase
  void anSqlErrorThatIsSwallowedInsideATryTakesBackItsStatementOrEverything(TestDatabase kind) {
    try (Scene scene = Scene.on(kind)) {
      scene
          .stock(INVENTORY)
          .during(
              "Try a",
              () ->
                  catchThrowable(
                      () -> scene.inventory().sql().update("insert into account (id) values (1)")));

      Throwable thrown = catchThrowable(() -> scene.shop().buy(() -> scene.reserveThere("a")));

      boolean failedStatementsAbort = kind == TestDatabase.POSTGRESQL;
      assertThat(thrown != null).isEqualTo(failedStatementsAbort);
      assertThat(scene.balance(INVENTORY, "a"))
          .isEqualTo(failedStatementsAbort ? UNTOUCHED : SPENT);
      scene.endsWell();
    }
  }

  @EveryDatabase
  void aTryThatWasMarkedForRollbackInsideRollsBack(TestDatabase kind) {
    try (Scene scene = Scene.on(kind)) {
      scene
          .stock(ORDER)
          .during(
              "Try a",
              () ->
                  catchThrowable(
                      () ->
                          scene
                              .shop()
                              .inALocalTransaction(
                                  () -> {
                                    throw new IllegalStateException("swallowed");
                                  })));

      assertThatThrownBy(() -> scene.shop().buy(() -> scene.reserveHere("a")))
          .isInstanceOf(UnexpectedRollbackException.class);

      assertThat(scene.balance(ORDER, "a")).isEqualTo(UNTOUCHED);
      scene.endsWell();
    }
  }

  @EveryDatabase
  void anInitiatorThatWasMarkedForRollbackInsideAborts(TestDatabase kind) {
    try (Scene scene = Scene.on(kind)) {
      assertThatThrownBy(
              () ->
                  scene
                      .shop()
                      .buyInOneLocalTransaction(
                          () -> {
                            scene.order().sql().update(NOTE);
                            scene.reserveThere("a");
                            catchThrowable(
                                () ->
                                    scene
                                        .shop()
                                        .inALocalTransaction(
                                            () -> {
                                              throw new IllegalStateException("swallowed");
                                            }));
                          }))
          .isInstanceOf(UnexpectedRollbackException.class);

      assertThat(notes(scene, ORDER)).isZero();
      assertThat(scene.balance(INVENTORY, "a")).isEqualTo(UNTOUCHED);
      scene.endsWell();
      assertThat(scene.decisions()).containsExactly("ABORT DONE");
    }
  }

  @EveryDatabase
  void plainWorkOfTheInitiatorCommitsWithTheDecision(TestDatabase kind) throws Throwable {
    try (Scene scene = Scene.on(kind)) {
      scene.order().dataSource().reset();

      scene
          .shop()
          .buyInOneLocalTransaction(
              () -> {
                scene.order().sql().update(NOTE);
                scene.reserveThere("a");
                assertThat(scene.order().dataSource().durableCommits()).isEmpty();
              });

      assertThat(scene.order().dataSource().durableCommits())
          .singleElement()
          .satisfies(
              commit ->
                  assertThat(commit.toString())
                      .contains("insert into journal")
                      .contains("insert into tcc_decision"));
      assertThat(scene.balance(INVENTORY, "a")).isEqualTo(SPENT);
      scene.endsWell();
    }
  }

  @EveryDatabase
  void plainWorkOfTheInitiatorIsRolledBackWithEveryAbort(TestDatabase kind) {
    for (Throwable thrown : List.of(new IllegalStateException(), new IOException())) {
      try (Scene scene = Scene.on(kind)) {
        assertThatThrownBy(
                () ->
                    scene
                        .shop()
                        .buyInOneLocalTransaction(
                            () -> {
                              scene.order().sql().update(NOTE);
                              scene.reserveHere("a");
                              scene.reserveThere("a");
                              throw thrown;
                            }))
            .isSameAs(thrown);

        assertThat(notes(scene, ORDER)).isZero();
        assertThat(scene.balance(ORDER, "a")).isEqualTo(UNTOUCHED);
        assertThat(scene.balance(INVENTORY, "a")).isEqualTo(UNTOUCHED);
        scene.endsWell();
      }
    }
  }

  @Test
  void eitherAnnotationMayDemandTheRollback() {
    try (Scene scene = Scene.on(TestDatabase.H2)) {
      // @GlobalTx would commit; @Transactional rolls back on every RuntimeException.
      HarmlessException thrown = new HarmlessException();
      assertThatThrownBy(
              () ->
                  scene
                      .shop()
                      .buyForgivinglyInOneLocalTransaction(
                          () -> {
                            scene.order().sql().update(NOTE);
                            scene.reserveThere("a");
                            throw thrown;
                          }))
          .isSameAs(thrown);

      assertThat(notes(scene, ORDER)).isZero();
      assertThat(scene.balance(INVENTORY, "a")).isEqualTo(UNTOUCHED);
      scene.endsWell();
    }
  }

  @Test
  void whatNeitherAnnotationRollsBackCommitsBoth() {
    try (Scene scene = Scene.on(TestDatabase.H2)) {
      IOException thrown = new IOException();
      assertThatThrownBy(
              () ->
                  scene
                      .shop()
                      .buyForgivinglyInOneLocalTransaction(
                          () -> {
                            scene.order().sql().update(NOTE);
                            scene.reserveThere("a");
                            throw thrown;
                          }))
          .isSameAs(thrown);

      assertThat(notes(scene, ORDER)).isEqualTo(1);
      assertThat(scene.balance(INVENTORY, "a")).isEqualTo(SPENT);
      scene.endsWell();
    }
  }

  @EveryDatabase
  void aTryThatFailsInTheLocalTransactionOfTheInitiatorForbidsTheCommit(TestDatabase kind) {
    try (Scene scene = Scene.on(kind)) {
      scene
          .stock(ORDER)
          .during(
              "Try a",
              () -> {
                throw new IllegalStateException("half of it is written");
              });

      Throwable thrown =
          catchThrowable(
              () ->
                  scene
                      .shop()
                      .buyInOneLocalTransaction(
                          () -> {
                            catchThrowable(() -> scene.reserveHere("a"));
                            scene.reserveThere("a");
                          }));

      assertThat(thrown).hasMessageContaining("half of it is written");
      assertThat(scene.balance(ORDER, "a")).isEqualTo(UNTOUCHED);
      assertThat(scene.balance(INVENTORY, "a")).isEqualTo(UNTOUCHED);
      scene.endsWell();
    }
  }

  @EveryDatabase
  void aCommitOfTheInitiatorThatDidNotAnswerButIsDurableCounts(TestDatabase kind) throws Throwable {
    try (Scene scene = Scene.on(kind)) {
      scene.cluster().observe(ORDER, losingTheFirst(true));

      scene
          .shop()
          .buyInOneLocalTransaction(
              () -> {
                scene.order().sql().update(NOTE);
                scene.reserveHere("a");
                scene.reserveThere("a");
              });

      assertThat(notes(scene, ORDER)).isEqualTo(2);
      assertThat(scene.balance(ORDER, "a")).isEqualTo(SPENT);
      assertThat(scene.balance(INVENTORY, "a")).isEqualTo(SPENT);
      scene.endsWell();
    }
  }

  @EveryDatabase
  void aCommitOfTheInitiatorThatDidNotAnswerAndIsNotDurableAborts(TestDatabase kind) {
    try (Scene scene = Scene.on(kind)) {
      scene.cluster().observe(ORDER, losingTheFirst(false));

      assertThatThrownBy(
              () ->
                  scene
                      .shop()
                      .buyInOneLocalTransaction(
                          () -> {
                            scene.order().sql().update(NOTE);
                            scene.reserveHere("a");
                            scene.reserveThere("a");
                          }))
          .rootCause()
          .hasMessage("line broken");

      assertThat(notes(scene, ORDER)).isZero();
      assertThat(scene.balance(ORDER, "a")).isEqualTo(UNTOUCHED);
      assertThat(scene.balance(INVENTORY, "a")).isEqualTo(UNTOUCHED);
      scene.endsWell();
    }
  }

  private static CommitListener losingTheFirst(boolean durable) {
    return new CommitListener() {
      private boolean lost;

      @Override
      public void beforeCommit(Commit commit) throws SQLException {
        if (!durable && !lost) {
          lost = true;
          throw new SQLNonTransientConnectionException("line broken", "08006");
        }
      }

      @Override
      public void afterCommit(Commit commit) throws SQLException {
        if (durable && !lost) {
          lost = true;
          throw new SQLNonTransientConnectionException("answer lost", "08006");
        }
      }
    };
  }

  @Test
  void aGlobalTransactionInsideAnOpenLocalOneIsRefused() {
    try (Scene scene = Scene.on(TestDatabase.H2)) {
      for (Shop.Body begins :
          List.<Shop.Body>of(
              () -> scene.shop().buy(() -> scene.reserveHere("a")),
              () -> scene.shop().buyInOneLocalTransaction(() -> scene.reserveHere("a")),
              () -> scene.shop().requiresNew(() -> scene.reserveHere("a")))) {
        assertThatThrownBy(() -> scene.shop().inALocalTransaction(begins))
            .isInstanceOf(TransactionUsageException.class)
            .hasMessageContaining("open local transaction")
            .hasMessageContaining("@Transactional on the same method");
      }
      assertThat(scene.stock(ORDER).calls()).isEmpty();
      assertThat(scene.branches(ORDER)).isEmpty();
    }
  }

  @Test
  void aTryInsideAnOpenLocalTransactionOfAParticipantIsRefused() {
    try (Scene scene = Scene.on(TestDatabase.H2, Shop.class)) {
      Shop.Body openHere = () -> scene.shop().inALocalTransaction(() -> scene.reserveHere("a"));
      Shop.Body openThere =
          () ->
              scene.call(
                  node -> {
                    Shelf.happen(
                        () -> {
                          try {
                            node.bean(Shop.class)
                                .inALocalTransaction(() -> node.bean(Stock.class).reserve("a"));
                          } catch (Exception e) {
                            throw e;
                          } catch (Throwable e) {
                            throw new AssertionError(e);
                          }
                        });
                  });
      for (Shop.Body open : List.of(openHere, openThere)) {
        assertThatThrownBy(() -> scene.shop().buy(open))
            .isInstanceOf(TransactionUsageException.class)
            .hasMessageContaining("inside an open local transaction");
      }
      assertThat(scene.balance(ORDER, "a")).isEqualTo(UNTOUCHED);
      assertThat(scene.balance(INVENTORY, "a")).isEqualTo(UNTOUCHED);
    }
  }
}
