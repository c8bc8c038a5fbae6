package io.tcc.cluster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tcc.context.Frame;
import io.tcc.context.TransactionContext;
import io.tcc.testing.TestDatabase;
import io.tcc.transaction.CallPath;
import io.tcc.transaction.CompletionAnswer;
import io.tcc.transaction.CompletionAnswer.Verdict;
import io.tcc.transaction.CompletionOrder;
import io.tcc.transaction.GlobalTransaction;
import io.tcc.transaction.GlobalTransactionAbortedException;
import io.tcc.transaction.GlobalTransactionTimeoutException;
import io.tcc.transaction.Heuristic;
import io.tcc.transaction.Outcome;
import io.tcc.transaction.TransactionUsageException;
import io.tcc.transaction.WorkRefusedException;
import io.tcc.transaction.Xid;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestInstance.Lifecycle;
import org.springframework.dao.DataAccessException;
import org.springframework.dao.DataIntegrityViolationException;
import org.springframework.jdbc.core.JdbcTemplate;

/** Plain JDBC code on several databases of one service and of two, as one transaction. */
@TestInstance(Lifecycle.PER_CLASS)
abstract class TwoPhaseDatabasesContract {

  Databases all;

  @BeforeAll
  void twoServices(TestDatabase kind) {
    all = new Databases(kind);
  }

  @BeforeEach
  void asInTheBeginning() {
    all.reset();
  }

  @AfterAll
  void close() {
    all.close();
  }

  private static void duplicate(JdbcTemplate sql) {
    sql.update("insert into shelf values (1, 5)");
  }

  private static void hasEnded(Databases all) {
    all.settle();
    assertThat(all.violations()).isEmpty();
    assertThat(all.damagedPools()).isEmpty();
  }

  private static List<String> decisions(Databases all) {
    return all.sql("order", Node.LOG)
        .queryForList("select concat(outcome, ' ', state) from tcc_decision", String.class);
  }

  @Test
  void twoDatabasesCommitTogether() {
    all.orders().buy(all.orders()::twoDatabases);

    assertThat(all.taken()).isEqualTo(Map.of("order/bank", 1, "order/stock", 1));
    assertThat(all.inDoubt()).isEmpty();
    all.node("order").recovery().runOnce();
    assertThat(decisions(all)).containsExactly("COMMIT DONE");
    hasEnded(all);
  }

  @Test
  void aSwallowedSqlErrorInOneRollsBackBoth() {
    assertThatThrownBy(
            () ->
                all.orders()
                    .buy(
                        () -> {
                          all.till().take();
                          try {
                            all.shelf().inStock(TwoPhaseDatabasesContract::takeAndSwallow);
                          } catch (RuntimeException swallowedToo) {
                            // The vote stands.
                          }
                        }))
        .isInstanceOf(GlobalTransactionAbortedException.class)
        .hasMessageContaining("voted NO");
    assertThat(all.taken()).isEmpty();
    assertThat(all.inDoubt()).isEmpty();
    hasEnded(all);
  }

  private static void takeAndSwallow(JdbcTemplate sql) {
    sql.update("update shelf set units = units - 1 where id = 1");
    try {
      duplicate(sql);
    } catch (DataAccessException swallowed) {
      // As business code does.
    }
  }

  @Test
  void aSwallowedSqlErrorInTheLogsDatabaseRollsBackBoth() {
    assertThatThrownBy(
            () ->
                all.orders()
                    .buy(
                        () -> {
                          all.till().take();
                          all.shelf().inLog(TwoPhaseDatabasesContract::takeAndSwallow);
                        }))
        .hasMessageContaining("swallowed");
    assertThat(all.taken()).isEmpty();
    hasEnded(all);
  }

  @Test
  void aBranchThatVotesNoRollsBackTheOthers() {
    assertThatThrownBy(
            () ->
                all.orders()
                    .buy(
                        () -> {
                          all.till().take();
                          all.orders().call();
                          all.shelf().takeFromLog();
                          all.shelf().inStock(TwoPhaseDatabasesContract::duplicate);
                        }))
        .isInstanceOf(DataIntegrityViolationException.class);
    assertThat(all.taken()).isEmpty();
    assertThat(all.inDoubt()).isEmpty();
    hasEnded(all);
  }

  @Test
  void aDatabaseThatWasOnlyReadTakesNoPartInTheSecondPhase() {
    all.orders()
        .buy(
            () -> {
              all.till().take();
              all.shelf().inStock(sql -> sql.queryForList("select * from shelf"));
            });
    assertThat(all.taken()).isEqualTo(Map.of("order/bank", 1));
    assertThat(
            all.sql("order", Node.LOG)
                .queryForObject("select enlisted from tcc_decision", String.class))
        .endsWith("=p1");
    hasEnded(all);
  }

  @Test
  void aStatementThatMetNoRowTakesNoPartInTheSecondPhase() {
    all.orders()
        .buy(
            () -> {
              all.till().take();
              all.shelf().inStock(sql -> sql.update("update shelf set units = 0 where id = -1"));
            });
    assertThat(
            all.sql("order", Node.LOG)
                .queryForObject("select enlisted from tcc_decision", String.class))
        .endsWith("=p1");
    hasEnded(all);
  }

  @Test
  void workInTheLogsDatabaseIsSeenWithTheDecision() {
    all.orders()
        .buy(
            () -> {
              all.shelf().takeFromLog();
              all.shelf().takeFromLog();
              all.till().take();
              assertThat(all.taken()).isEmpty();
            });
    assertThat(all.taken()).isEqualTo(Map.of("order/log", 2, "order/bank", 1));
    hasEnded(all);
  }

  @Test
  void twoThreadsOfATransactionDoNotShareAConnection() {
    TransactionContext context = all.node("order").context();
    assertThatThrownBy(
            () ->
                all.orders()
                    .buy(
                        () -> {
                          Frame frame = context.current().orElseThrow();
                          all.shelf()
                              .inLog(
                                  sql -> {
                                    sql.update(Shelf.TAKE);
                                    assertThatThrownBy(() -> elsewhere(context, frame))
                                        .hasRootCauseInstanceOf(WorkRefusedException.class);
                                  });
                        }))
        .isInstanceOf(GlobalTransactionAbortedException.class);
    assertThat(all.taken()).isEmpty();
    hasEnded(all);
  }

  private void elsewhere(TransactionContext context, Frame frame) {
    CompletableFuture.runAsync(
            () ->
                context.<Boolean, RuntimeException>callIn(
                    frame,
                    () -> {
                      all.shelf().takeFromLog();
                      return true;
                    }))
        .join();
  }

  @Test
  void aTransactionCostsWhatTheBudgetSays() {
    Orders orders = all.orders();
    assertThat(cost(all, orders::twoDatabases)).as("2n + 1").isEqualTo(new Cost(5, 0, 0));
    assertThat(cost(all, orders::logAndBank)).as("2n - 1").isEqualTo(new Cost(3, 0, 0));
    assertThat(cost(all, orders::logAlone)).as("one phase").isEqualTo(new Cost(1, 0, 0));
    assertThat(cost(all, orders::call)).as("one round trip a phase").isEqualTo(new Cost(1, 2, 4));
    assertThat(
            cost(
                all,
                () -> {
                  all.shelf().takeFromLog();
                  orders.call();
                  orders.callIntoItsLog();
                }))
        .as("each service is told once")
        .isEqualTo(new Cost(1, 4, 6));
    hasEnded(all);
  }

  private record Cost(int order, int inventory, int messages) {}

  private static Cost cost(Databases all, Orders.Body body) {
    all.node("order").recovery().runOnce();
    int order = all.commits("order");
    int inventory = all.commits("inventory");
    int[] messages = {0};
    all.network().intercept((what, from, to) -> messages[0]++);
    all.orders().buy(body);
    all.network().intercept((what, from, to) -> {});
    return new Cost(
        all.commits("order") - order, all.commits("inventory") - inventory, messages[0]);
  }

  @Test
  void whatWasDecidedMeanwhileIsObeyed() {
    for (Orders.Body body :
        List.<Orders.Body>of(all.orders()::twoDatabases, all.orders()::logAndBank)) {
      assertThatThrownBy(
              () ->
                  all.orders()
                      .buy(
                          () -> {
                            body.run();
                            Xid xid = current(all);
                            decideMeanwhile(all, xid, Outcome.ABORT);
                          }))
          .isInstanceOf(GlobalTransactionAbortedException.class);
      assertThat(all.taken()).isEmpty();
    }
    hasEnded(all);
  }

  /** The transaction that the order service works for on this thread. */
  private static Xid current(Databases all) {
    return all.node("order").context().current().orElseThrow().transaction().xid();
  }

  private static void decideMeanwhile(Databases all, Xid xid, Outcome outcome) {
    all.sql("order", Node.LOG)
        .update(
            """
            insert into tcc_decision (xid, name, outcome, state, initiator, enlisted, acknowledged,
              begun_at, timeout_ms, attempts, next_attempt, owner, epoch, created_at, updated_at)
            values (?, 'asked', ?, 'DONE', 'order@00', '', '', ?, 30000, 0, ?, 'other', 1, ?, ?)""",
            xid.value(),
            outcome.name(),
            java.time.LocalDateTime.of(2026, 1, 1, 0, 0),
            java.time.LocalDateTime.of(2026, 1, 1, 0, 0),
            java.time.LocalDateTime.of(2026, 1, 1, 0, 0),
            java.time.LocalDateTime.of(2026, 1, 1, 0, 0));
  }

  @Test
  void workThatEndsAfterTheDeadlineIsAborted() {
    assertThatThrownBy(
            () ->
                all.orders()
                    .buy(
                        () -> {
                          all.till().take();
                          all.shelf()
                              .inStock(
                                  sql -> {
                                    sql.update("update shelf set units = 0");
                                    all.clock().advance(Node.TIMEOUT);
                                  });
                        }))
        .isInstanceOf(GlobalTransactionTimeoutException.class);
    assertThat(all.taken()).isEmpty();
    hasEnded(all);
  }

  @Test
  void whatAnInitiatorLeftPreparedAsksAndIsRolledBack() {
    leavePrepared(all);
    assertThat(all.inDoubt()).hasSize(2);

    all.clock().advance(Node.TIMEOUT.plus(Node.GRACE));
    recoverAll(all);
    assertThat(all.inDoubt()).as("younger than the grace").hasSize(2);

    all.clock().advance(Duration.ofMillis(1));
    all.network().cutOff("order");
    recoverAll(all);
    assertThat(all.node("inventory").inDoubt().all(10))
        .singleElement()
        .satisfies(
            branch -> {
              assertThat(branch.resource()).isEqualTo("stock");
              assertThat(branch.transaction().initiator().service()).isEqualTo("order");
              assertThat(branch.lastAnswer()).startsWith("UNREACHABLE");
            });
    all.network().restore("order");
    hasEnded(all);
    assertThat(all.taken()).isEmpty();
  }

  /** The initiator dies before it decides; its service returns. */
  private static void leavePrepared(Databases all) {
    Node dying = all.node("order");
    assertThatThrownBy(
            () ->
                all.orders()
                    .buy(
                        () -> {
                          all.till().take();
                          all.orders().call();
                          dying.die();
                          throw new Crash.Death(dying, "before the decision");
                        }))
        .isInstanceOf(Throwable.class);
    dying.close();
    all.start("order");
  }

  private static void recoverAll(Databases all) {
    all.node("order").recovery().runOnce();
    all.node("inventory").recovery().runOnce();
  }

  @Test
  void anOperatorForcesWhatIsBlockedAndTheContradictionStays() {
    leavePrepared(all);
    Node inventory = all.node("inventory");
    GlobalTransaction transaction = inventory.inDoubt().all(10).get(0).transaction();
    Xid xid = transaction.xid();

    assertThat(inventory.inDoubt().force(xid, Outcome.COMMIT, "ann", "the order has shipped"))
        .isEqualTo(CompletionAnswer.DONE);
    assertThat(all.taken()).isEqualTo(Map.of("inventory/stock", 1));

    CompletionAnswer told =
        inventory
            .system()
            .completion()
            .complete(
                new CompletionOrder(
                    xid,
                    transaction.begun(),
                    Outcome.ABORT,
                    inventory.instance().site(),
                    new TreeSet<>(List.of(new CallPath("1.p1")))));
    assertThat(told.verdict()).isEqualTo(Verdict.CONFLICT);
    assertThat(inventory.inDoubt().heuristics(10))
        .extracting(Heuristic::xid, Heuristic::ordered)
        .containsExactly(org.assertj.core.groups.Tuple.tuple(xid, Outcome.ABORT));
    Node restarted = restart(all, "inventory");
    assertThat(restarted.inDoubt().heuristics(10)).hasSize(1);

    assertThat(restarted.inDoubt().resolve(xid, "bob", "refunded")).isEqualTo(1);
    assertThat(restarted.inDoubt().heuristics(10)).isEmpty();
    assertThat(
            all.sql("inventory", Node.LOG)
                .queryForList(
                    "select concat(action, ' ', actor, ': ', reason) from tcc_audit order by"
                        + " action",
                    String.class))
        .containsExactly("FORCE_COMMIT ann: the order has shipped", "RESOLVE bob: refunded");
    all.sql("inventory", Node.LOG).update("delete from tcc_heuristic");
    hasEnded(all);
  }

  @Test
  void whatAnOperatorAbortsWhileItIsAtWorkIsAbortedAsAWhole() {
    Node order = all.node("order");
    assertThatThrownBy(
            () ->
                all.orders()
                    .buy(
                        () -> {
                          all.till().take();
                          Xid xid = current(all);
                          assertThat(order.inDoubt().force(xid, Outcome.ABORT, "ann", "it hangs"))
                              .isEqualTo(CompletionAnswer.DONE);
                          all.shelf().takeFromStock();
                        }))
        .isInstanceOfAny(GlobalTransactionAbortedException.class, WorkRefusedException.class);
    assertThat(all.taken()).isEmpty();
    assertThat(order.inDoubt().heuristics(10)).isEmpty();
    hasEnded(all);
  }

  @Test
  void whatIsDecidedHereIsNotForcedTheOtherWay() {
    Node order = all.node("order");
    List<CompletionAnswer> answers = new ArrayList<>();
    all.orders()
        .buy(
            () -> {
              all.till().take();
              Xid xid = current(all);
              decideMeanwhile(all, xid, Outcome.COMMIT);
              answers.add(order.inDoubt().force(xid, Outcome.ABORT, "ann", "it hangs"));
            });
    assertThat(answers).extracting(CompletionAnswer::verdict).containsExactly(Verdict.CONFLICT);
    assertThat(all.taken()).isEqualTo(Map.of("order/bank", 1));
    hasEnded(all);
  }

  private static Node restart(Databases all, String service) {
    all.node(service).close();
    return all.start(service);
  }

  @Test
  void aServiceThatWasShutDownWhilePreparedIsToldWhenItIsBack() {
    all.network()
        .intercept(
            (what, from, to) -> {
              if (what.equals("COMMIT")) {
                throw new Network.BrokenConnectionException("lost");
              }
            });
    all.orders().buy(all.orders()::call);
    all.network().intercept((what, from, to) -> {});
    assertThat(all.inDoubt()).hasSize(1);
    restart(all, "inventory");
    assertThat(all.inDoubt()).hasSize(1);
    hasEnded(all);
    assertThat(all.taken()).isEqualTo(Map.of("inventory/stock", 1));
  }

  @Test
  void whatWasPreparedSurvivesTheDeathOfTheServer() {
    TestDatabase kind = all.kind();
    if (!kind.hasServer()) {
      return;
    }
    all.network()
        .intercept(
            (what, from, to) -> {
              if (what.equals("COMMIT")) {
                kind.killServer();
                throw new Network.BrokenConnectionException("lost");
              }
            });
    try {
      all.orders()
          .buy(
              () -> {
                all.till().take();
                all.orders().call();
              });
    } catch (RuntimeException toldInDoubtOrNot) {
      // The decision was durable before the server died.
    }
    all.network().intercept((what, from, to) -> {});
    kind.restartServer();
    restart(all, "order");
    restart(all, "inventory");
    hasEnded(all);
    assertThat(all.taken()).isEqualTo(Map.of("order/bank", 1, "inventory/stock", 1));
  }

  @Test
  void itMixesWithReservationsAndPlainLocalWork() {
    all.orders()
        .buyInOneLocalTransaction(
            () -> {
              all.shelf().takeFromLog();
              all.till().take();
              all.orders().reserveThere();
              all.orders().callIntoItsLog();
            });
    assertThat(all.taken())
        .isEqualTo(
            Map.of("order/log", 1, "order/bank", 1, "inventory/account", 1, "inventory/log", 1));
    assertThatThrownBy(
            () ->
                all.orders()
                    .buyInOneLocalTransaction(
                        () -> {
                          all.shelf().takeFromLog();
                          all.till().take();
                          all.orders().reserveThere();
                          throw new IllegalStateException("business failure");
                        }))
        .isInstanceOf(IllegalStateException.class);
    assertThat(all.taken())
        .isEqualTo(
            Map.of("order/log", 1, "order/bank", 1, "inventory/account", 1, "inventory/log", 1));
    hasEnded(all);
  }

  @Test
  void workInTheLogsDatabaseDoesNotMixWith3Pc() {
    List<Orders.Body> mixtures =
        List.of(
            () -> {
              all.shelf().takeFromLog();
              all.till().take();
              all.orders().takeSeatThere();
            },
            () -> {
              all.orders().takeSeatThere();
              all.shelf().takeFromLog();
            });
    for (Orders.Body mixture : mixtures) {
      assertThatThrownBy(() -> all.orders().buy(mixture))
          .isInstanceOf(GlobalTransactionAbortedException.class)
          .hasMessageContaining("3PC")
          .hasMessageContaining("make them two transactions");
      assertThat(all.taken()).isEmpty();
      assertThat(decisions(all)).as("never pre-committed").doesNotContain("PRE_COMMIT DRIVING");
    }
    hasEnded(all);
    assertThat(all.taken()).isEmpty();
    assertThat(
            all.sql("inventory", Node.LOG).queryForList("select what from journal", String.class))
        .containsExactly("ABORT", "ABORT");
  }

  @Test
  void outsideAGlobalTransactionItFailsAndWritesNothing() throws SQLException {
    assertThatThrownBy(all.till()::take).isInstanceOf(TransactionUsageException.class);
    assertThat(all.taken()).isEmpty();
    try (Connection plain = all.node("order").pool("bank").dataSource().getConnection()) {
      assertThat(plain.getAutoCommit()).isTrue();
    }
  }
}
