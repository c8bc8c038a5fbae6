package io.tcc.behaviour;

import static io.tcc.behaviour.Scene.INVENTORY;
import static io.tcc.behaviour.Scene.ORDER;
import static io.tcc.behaviour.Scene.RESERVED;
import static io.tcc.behaviour.Scene.SPENT;
import static io.tcc.behaviour.Scene.UNTOUCHED;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tcc.cluster.Cluster;
import io.tcc.cluster.Node;
import io.tcc.testing.Commit;
import io.tcc.testing.CommitListener;
import io.tcc.testing.EveryDatabase;
import io.tcc.testing.EveryDatabaseServer;
import io.tcc.testing.TestDatabase;
import io.tcc.transaction.CallPath;
import io.tcc.transaction.GlobalTransactionAbortedException;
import io.tcc.transaction.GlobalTransactionInDoubtException;
import io.tcc.transaction.Inquiry;
import io.tcc.transaction.Outcome;
import io.tcc.transaction.Xid;
import java.sql.SQLException;
import java.sql.SQLNonTransientConnectionException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;

/** The decision where the log's database does not answer, or not in time. */
class DecisionTest {

  /** Cuts the line to the log's database, then throws. */
  private static void cutOff(Scene scene) throws SQLException {
    scene.cluster().cable(ORDER).cut();
    throw new SQLNonTransientConnectionException("line broken", "08006");
  }

  /** What happens at each commit of the initiator. */
  private interface Incident {
    void happen() throws SQLException;
  }

  private static CommitListener before(Incident incident) {
    return new CommitListener() {
      @Override
      public void beforeCommit(Commit commit) throws SQLException {
        incident.happen();
      }
    };
  }

  private static CommitListener after(Incident incident) {
    return new CommitListener() {
      @Override
      public void afterCommit(Commit commit) throws SQLException {
        incident.happen();
      }
    };
  }

  private static Incident once(Incident incident) {
    boolean[] happened = {false};
    return () -> {
      if (!happened[0]) {
        happened[0] = true;
        incident.happen();
      }
    };
  }

  private static void breakLine() throws SQLException {
    throw new SQLNonTransientConnectionException("line broken", "08006");
  }

  @EveryDatabase
  void aDecisionWhoseCommitDidNotAnswerButIsDurableCounts(TestDatabase kind) throws Throwable {
    try (Scene scene = Scene.on(kind)) {
      scene.cluster().observe(ORDER, after(once(DecisionTest::breakLine)));

      scene.shop().buy(() -> scene.reserveThere("a"));

      assertThat(scene.balance(INVENTORY, "a")).isEqualTo(SPENT);
      scene.endsWell();
      assertThat(scene.decisions()).containsExactly("COMMIT DONE");
    }
  }

  @EveryDatabase
  void aDecisionWhoseCommitDidNotAnswerAndIsNotDurableIsRepeated(TestDatabase kind)
      throws Throwable {
    try (Scene scene = Scene.on(kind)) {
      scene.cluster().observe(ORDER, before(once(DecisionTest::breakLine)));

      scene.shop().buy(() -> scene.reserveThere("a"));

      assertThat(scene.balance(INVENTORY, "a")).isEqualTo(SPENT);
      scene.endsWell();
      assertThat(scene.decisions()).containsExactly("COMMIT DONE");
    }
  }

  /** Somebody who asked meanwhile has decided, and is obeyed. */
  @EveryDatabase
  void aDecisionThatIsRepeatedMayComeTooLate(TestDatabase kind) {
    try (Scene scene = Scene.on(kind)) {
      Shop.Body body =
          () -> {
            scene.reserveThere("a");
            Inquiry inquiry =
                new Inquiry(scene.frame().transaction(), scene.inventory().instance().site());
            Runnable asked =
                () -> {
                  scene.advance(Node.TIMEOUT);
                  scene.order().system().inquiries().answer(inquiry);
                };
            Incident lost =
                () -> {
                  scene.cluster().cable(ORDER).beforeNextConnection(asked);
                  breakLine();
                };
            scene.cluster().observe(ORDER, before(once(lost)));
          };

      assertThatThrownBy(() -> scene.shop().buy(body))
          .isInstanceOf(GlobalTransactionAbortedException.class);

      assertThat(scene.balance(INVENTORY, "a")).isEqualTo(UNTOUCHED);
      scene.endsWell();
      assertThat(scene.decisions()).containsExactly("ABORT DONE");
    }
  }

  @EveryDatabase
  void anOwnBranchThatSomebodyCancelledMeanwhileForbidsTheCommit(TestDatabase kind) {
    try (Scene scene = Scene.on(kind)) {
      Shop.Body body =
          () -> {
            scene.reserveHere("a");
            scene.reserveThere("a");
            scene.orderToComplete(
                scene.order(), Outcome.ABORT, scene.frame().transaction().xid(), CallPath.ROOT);
          };

      assertThatThrownBy(() -> scene.shop().buy(body))
          .isInstanceOf(GlobalTransactionAbortedException.class);

      assertThat(scene.balance(ORDER, "a")).isEqualTo(UNTOUCHED);
      scene.advance(Node.TIMEOUT);
      scene.endsWell();
      assertThat(scene.balance(INVENTORY, "a")).isEqualTo(UNTOUCHED);
      assertThat(scene.decisions()).containsExactly("ABORT DONE");
    }
  }

  @EveryDatabase
  void aDecisionWithItsConfirmWhoseCommitDidNotAnswerIsLookedUp(TestDatabase kind)
      throws Throwable {
    for (boolean durable : List.of(true, false)) {
      try (Scene scene = Scene.on(kind)) {
        List<String> told = new ArrayList<>();
        scene.network().intercept((what, from, to) -> told.add(what));
        Shop.Body body =
            () -> {
              scene.reserveHere("a");
              scene.reserveThere("a");
              Incident broken = once(DecisionTest::breakLine);
              scene.cluster().observe(ORDER, durable ? after(broken) : before(broken));
            };

        if (durable) {
          scene.shop().buy(body);
        } else {
          assertThatThrownBy(() -> scene.shop().buy(body))
              .isInstanceOf(GlobalTransactionAbortedException.class);
        }

        assertThat(told).contains(durable ? "COMMIT" : "ABORT");
        assertThat(told).doesNotContain(durable ? "ABORT" : "COMMIT");
        for (String service : List.of(ORDER, INVENTORY)) {
          assertThat(scene.balance(service, "a")).isEqualTo(durable ? SPENT : UNTOUCHED);
        }
        scene.endsWell();
      }
    }
  }

  @EveryDatabase
  void withoutItsDatabaseTheInitiatorTellsNobodyAnOutcomeAndTheCallerThatItIsInDoubt(
      TestDatabase kind) {
    try (Scene scene = Scene.on(kind)) {
      AtomicReference<Xid> xid = new AtomicReference<>();
      List<String> told = new ArrayList<>();

      assertThatThrownBy(
              () ->
                  scene
                      .shop()
                      .buy(
                          () -> {
                            xid.set(scene.xid());
                            scene.reserveThere("a");
                            scene.network().intercept((what, from, to) -> told.add(what));
                            scene.cluster().cable(ORDER).cut();
                          }))
          .isInstanceOfSatisfying(
              GlobalTransactionInDoubtException.class,
              e -> assertThat(e.xid()).isEqualTo(xid.get()))
          .hasMessageContaining("do not repeat the call");

      assertThat(told).isEmpty();
      assertThat(scene.balance(INVENTORY, "a")).isEqualTo(RESERVED);

      scene.cluster().cable(ORDER).mend();
      scene.endsWell();
      assertThat(scene.decisions()).containsExactly("ABORT DONE");
      assertThat(scene.balance(INVENTORY, "a")).isEqualTo(UNTOUCHED);
    }
  }

  @EveryDatabase
  void aDurableCommitThatNobodyCouldReadIsDrivenWhenTheDatabaseReturns(TestDatabase kind) {
    try (Scene scene = Scene.on(kind)) {
      scene.cluster().observe(ORDER, after(once(() -> cutOff(scene))));

      assertThatThrownBy(() -> scene.shop().buy(() -> scene.reserveThere("a")))
          .isInstanceOf(GlobalTransactionInDoubtException.class);
      assertThat(scene.balance(INVENTORY, "a")).isEqualTo(RESERVED);

      scene.cluster().cable(ORDER).mend();
      scene.endsWell();
      assertThat(scene.decisions()).containsExactly("COMMIT DONE");
      assertThat(scene.balance(INVENTORY, "a")).isEqualTo(SPENT);
    }
  }

  @EveryDatabase
  void theLocalTransactionOfTheInitiatorMayBeInDoubtToo(TestDatabase kind) {
    for (boolean durable : List.of(true, false)) {
      try (Scene scene = Scene.on(kind)) {
        Incident cut = once(() -> cutOff(scene));
        scene.cluster().observe(ORDER, durable ? after(cut) : before(cut));

        assertThatThrownBy(
                () ->
                    scene
                        .shop()
                        .buyInOneLocalTransaction(
                            () -> {
                              scene.reserveHere("a");
                              scene.reserveThere("a");
                            }))
            .isInstanceOf(GlobalTransactionInDoubtException.class);

        scene.cluster().cable(ORDER).mend();
        scene.endsWell();
        for (String service : List.of(ORDER, INVENTORY)) {
          assertThat(scene.balance(service, "a")).isEqualTo(durable ? SPENT : UNTOUCHED);
        }
      }
    }
  }

  @EveryDatabase
  void anAbortNeedsNoDatabase(TestDatabase kind) {
    try (Scene scene = Scene.on(kind)) {
      assertThatThrownBy(
              () ->
                  scene
                      .shop()
                      .buy(
                          () -> {
                            scene.reserveThere("a");
                            scene.cluster().cable(ORDER).cut();
                            throw new IllegalStateException("business failure");
                          }))
          .hasMessage("business failure");

      assertThat(scene.balance(INVENTORY, "a")).isEqualTo(UNTOUCHED);
      scene.cluster().cable(ORDER).mend();
      scene.endsWell();
    }
  }

  @EveryDatabase
  void anInquiryThatCannotReadTheLogIsNoAnswer(TestDatabase kind) {
    try (Scene scene = Scene.on(kind)) {
      assertThatThrownBy(
              () ->
                  scene
                      .shop()
                      .buy(
                          () -> {
                            scene.reserveThere("a");
                            scene.cluster().cable(ORDER).cut();
                          }))
          .isInstanceOf(GlobalTransactionInDoubtException.class);
      scene.advance(Node.TIMEOUT);

      scene.inventory().recovery().runOnce();

      assertThat(scene.balance(INVENTORY, "a")).isEqualTo(RESERVED);
      assertThat(scene.branches(INVENTORY)).containsExactly("1/0 OPEN", "1/1 stock TRIED");
      scene.cluster().cable(ORDER).mend();
      scene.endsWell();
      assertThat(scene.balance(INVENTORY, "a")).isEqualTo(UNTOUCHED);
    }
  }

  @EveryDatabaseServer
  void aServerThatDiesAtTheDecisionLeavesItInDoubtUntilItReturns(TestDatabase kind) {
    Cluster cluster =
        new Cluster(Runnable::run, Cluster.LIMITS, 2).waitForConnections(Duration.ofSeconds(2));
    try (Scene scene = Scene.on(kind, TestDatabase.H2, cluster)) {
      try {
        assertThatThrownBy(
                () ->
                    scene
                        .shop()
                        .buy(
                            () -> {
                              scene.reserveHere("a");
                              scene.reserveThere("a");
                              kind.killServer();
                            }))
            .isInstanceOf(GlobalTransactionInDoubtException.class);
        assertThat(scene.balance(INVENTORY, "a")).isEqualTo(RESERVED);
      } finally {
        kind.restartServer();
      }

      scene.endsWell();
      assertThat(scene.balance(ORDER, "a")).isEqualTo(UNTOUCHED);
      assertThat(scene.balance(INVENTORY, "a")).isEqualTo(UNTOUCHED);
    }
  }

  @Test
  void aDecisionThatIsDurableCountsAlthoughNobodyCanDriveItInTheBackground() throws Throwable {
    boolean[] closing = {false};
    Executor executor =
        task -> {
          if (closing[0]) {
            throw new RejectedExecutionException("closing");
          }
          task.run();
        };
    try (Scene scene = Scene.on(TestDatabase.H2, executor, Cluster.LIMITS)) {
      scene
          .shop()
          .buyInAHurry(
              () -> {
                scene.reserveThere("a");
                closing[0] = true;
              });

      assertThat(scene.decisions()).containsExactly("COMMIT DRIVING");
      closing[0] = false;
      scene.endsWell();
      assertThat(scene.balance(INVENTORY, "a")).isEqualTo(SPENT);
    }
  }
}
