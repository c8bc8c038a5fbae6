package io.tcc.protocol.twophase.jdbc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tcc.cluster.MovableClock;
import io.tcc.context.Frame;
import io.tcc.protocol.twophase.jdbc.VoteRows.State;
import io.tcc.testing.Database;
import io.tcc.transaction.CallPath;
import io.tcc.transaction.CompletionAnswer;
import io.tcc.transaction.CompletionAnswer.Verdict;
import io.tcc.transaction.Enlisted;
import io.tcc.transaction.GlobalTransaction;
import io.tcc.transaction.Inquiry;
import io.tcc.transaction.Outcome;
import io.tcc.transaction.Site;
import io.tcc.transaction.TransactionUsageException;
import io.tcc.transaction.WorkRefusedException;
import io.tcc.transaction.Xid;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.springframework.dao.DataAccessException;
import org.springframework.dao.DuplicateKeyException;
import org.springframework.jdbc.datasource.DataSourceUtils;
import org.springframework.jdbc.support.JdbcTransactionManager;
import org.springframework.transaction.support.TransactionTemplate;

/** What a database that prepares branches is relied on for. */
abstract class DatabaseBranchesContract {

  private static final Enlisted BRANCH = Enlisted.parse(Participant.HERE + "=1.p1");

  final MovableClock clock = new MovableClock(Participant.BEGUN);
  private Database on;
  Participant service;
  private GlobalTransaction transaction;
  private Xid xid;
  private Frame call;

  @BeforeEach
  void aStock(Database database) throws SQLException {
    on = database;
    service = new Participant(database, clock);
    service.sql.execute(
        "create table stock (item varchar(20) primary key, available int not null)");
    service.sql.update("insert into stock values ('apple', 10), ('pear', 10)");
    transaction = service.begin();
    xid = transaction.xid();
    call = service.call(transaction);
  }

  /** No test leaves anything prepared, and the pool lends nothing but sound connections. */
  @AfterEach
  void nothingIsLeft() throws SQLException {
    assertThat(service.inDoubt()).isEmpty();
    assertThat(service.pool.getHikariPoolMXBean().getActiveConnections()).isZero();
    for (int i = 0; i < 8; i++) {
      service.sql.update("update stock set available = available where item = 'apple'");
    }
    service.close();
  }

  private void take(String item) {
    service.sql.update("update stock set available = available - 1 where item = ?", item);
  }

  private void prepared() {
    service.in(call, () -> take("apple"));
  }

  @Test
  void whatIsPreparedIsSeenOnceItIsCommitted() throws SQLException {
    prepared();
    assertThat(call.enlisted()).isEqualTo(BRANCH);
    assertThat(service.available("apple")).isEqualTo(10);
    assertThat(service.inDoubt()).hasSize(1);

    assertThat(service.order(Outcome.COMMIT, xid, "1.p1")).isEqualTo(CompletionAnswer.DONE);

    assertThat(service.available("apple")).isEqualTo(9);
    assertThat(service.database.votes(xid)).containsOnly(entry("1.p1", State.COMMITTED));
  }

  @Test
  void whatIsPreparedIsGoneOnceItIsAborted() {
    prepared();
    assertThat(service.order(Outcome.ABORT, xid, "1.p1")).isEqualTo(CompletionAnswer.DONE);
    assertThat(service.available("apple")).isEqualTo(10);
    assertThat(call.enlisted().known()).isTrue();
  }

  @Test
  void anExceptionVotesNo() {
    assertThatThrownBy(
            () ->
                service.in(
                    call,
                    () -> {
                      take("apple");
                      throw new IllegalStateException("sold out");
                    }))
        .isInstanceOf(IllegalStateException.class);
    assertThat(call.enlisted().known()).as("NO forbids the commit").isFalse();
    assertThat(call.enlisted().enlistments()).isEmpty();
    assertThat(service.available("apple")).isEqualTo(10);
  }

  @Test
  void aSwallowedSqlErrorVotesNo() {
    assertThatThrownBy(
            () ->
                service.in(
                    call,
                    () -> {
                      take("apple");
                      try {
                        service.sql.update("insert into stock values ('pear', 1)");
                      } catch (DuplicateKeyException swallowed) {
                        take("pear");
                      }
                    }))
        .isInstanceOfAny(WorkRefusedException.class, DataAccessException.class);
    assertThat(call.enlisted().known()).isFalse();
    assertThat(service.available("apple")).isEqualTo(10);
  }

  @Test
  void aSwallowedSqlErrorWithNothingAfterItVotesNo() {
    assertThatThrownBy(
            () ->
                service.in(
                    call,
                    () -> {
                      take("apple");
                      try {
                        service.sql.update("insert into stock values ('pear', 1)");
                      } catch (DuplicateKeyException swallowed) {
                        return;
                      }
                    }))
        .isInstanceOf(WorkRefusedException.class)
        .hasMessageContaining("swallowed");
    assertThat(call.enlisted().known()).isFalse();
    assertThat(service.available("apple")).isEqualTo(10);
  }

  @Test
  void anErrorThatWasRolledBackToASavepointDoesNotVote() {
    service.in(
        call,
        () -> {
          take("apple");
          Connection connection = DataSourceUtils.getConnection(service.dataSource);
          try {
            var savepoint = connection.setSavepoint();
            try {
              service.sql.update("insert into stock values ('pear', 1)");
            } catch (DuplicateKeyException handled) {
              connection.rollback(savepoint);
            }
          } catch (SQLException e) {
            throw new IllegalStateException(e);
          } finally {
            DataSourceUtils.releaseConnection(connection, service.dataSource);
          }
        });
    assertThat(call.enlisted()).isEqualTo(BRANCH);
    assertThat(service.order(Outcome.COMMIT, xid, "1.p1")).isEqualTo(CompletionAnswer.DONE);
    assertThat(service.available("apple")).isEqualTo(9);
  }

  @Test
  void aBranchThatOnlyReadHasNoSecondPhase() throws SQLException {
    service.in(call, () -> service.sql.queryForList("select * from stock order by available"));
    service.in(call, () -> service.sql.update("update stock set available = 0 where item = '?'"));
    assertThat(call.enlisted()).isEqualTo(Enlisted.NONE);
    assertThat(service.inDoubt()).isEmpty();
    assertThat(service.database.votes(xid)).isEmpty();
  }

  @Test
  void aCommitThatIsRepeatedCommitsOnce() {
    prepared();
    for (int i = 0; i < 3; i++) {
      assertThat(service.order(Outcome.COMMIT, xid, "1.p1")).isEqualTo(CompletionAnswer.DONE);
    }
    assertThat(service.available("apple")).isEqualTo(9);
  }

  @Test
  void aBranchIsPreparedOnce() {
    prepared();
    assertThat(service.order(Outcome.COMMIT, xid, "1.p1")).isEqualTo(CompletionAnswer.DONE);
    Frame repeated = service.call(transaction);
    assertThatThrownBy(() -> service.in(repeated, () -> take("apple")))
        .isInstanceOf(WorkRefusedException.class);
    assertThat(repeated.enlisted().known()).isFalse();
    assertThat(service.available("apple")).isEqualTo(9);
  }

  @Test
  void aCommitOfAnUnknownBranchIsAConflict() {
    assertThat(service.order(Outcome.COMMIT, xid, "1.p1").verdict()).isEqualTo(Verdict.CONFLICT);
  }

  @Test
  void aRollbackOfAnUnknownBranchIsDoneAndRefusesTheBranch() throws SQLException {
    assertThat(service.order(Outcome.ABORT, xid, "1.p1")).isEqualTo(CompletionAnswer.DONE);
    assertThat(service.order(Outcome.ABORT, xid, "1.p1")).isEqualTo(CompletionAnswer.DONE);
    assertThatThrownBy(this::prepared).isInstanceOf(WorkRefusedException.class);
    assertThat(call.enlisted().known()).isFalse();
    assertThat(service.available("apple")).isEqualTo(10);
    assertThat(service.database.votes(xid)).containsOnly(entry("1.p1", State.ABORTED));
  }

  @Test
  void aRollbackOfTheCallRefusesTheBranch() {
    assertThat(service.order(Outcome.ABORT, xid, "1")).isEqualTo(CompletionAnswer.DONE);
    assertThatThrownBy(this::prepared).isInstanceOf(WorkRefusedException.class);
    assertThat(service.available("apple")).isEqualTo(10);
  }

  @Test
  void aRollbackOfTheCallFindsWhatItHasPrepared() throws SQLException {
    prepared();
    assertThat(service.order(Outcome.ABORT, xid, "1")).isEqualTo(CompletionAnswer.DONE);
    assertThat(service.inDoubt()).isEmpty();
    assertThat(service.available("apple")).isEqualTo(10);
  }

  @Test
  void whatSomebodyRolledBackByHandCannotBeCommitted() throws SQLException {
    prepared();
    endByHand(Outcome.ABORT);
    CompletionAnswer answer = service.order(Outcome.COMMIT, xid, "1.p1");
    assertThat(answer.verdict()).isEqualTo(Verdict.CONFLICT);
    assertThat(answer.detail()).contains("rolled back by somebody else");
  }

  @Test
  void whatSomebodyCommittedByHandCannotBeAborted() throws SQLException {
    prepared();
    endByHand(Outcome.COMMIT);
    CompletionAnswer answer = service.order(Outcome.ABORT, xid, "1.p1");
    assertThat(answer.verdict()).isEqualTo(Verdict.CONFLICT);
    assertThat(answer.detail()).contains("is committed in stock");
    assertThat(service.available("apple")).isEqualTo(9);
  }

  private void endByHand(Outcome outcome) throws SQLException {
    try (Connection connection = service.pool.getConnection()) {
      service.database.preparing().end(connection, service.inDoubt().get(0), outcome);
    }
    service.branches.inDoubt(10);
  }

  @Test
  void whatIsForcedIsDoneAndContradictsTheOtherOutcome() {
    prepared();
    assertThat(service.branches.force(xid, Outcome.ABORT)).isEqualTo(CompletionAnswer.DONE);
    assertThat(service.order(Outcome.COMMIT, xid, "1.p1").verdict()).isEqualTo(Verdict.CONFLICT);
    assertThat(service.available("apple")).isEqualTo(10);
  }

  @Test
  void aBranchOutlivesItsProcess() throws SQLException {
    prepared();
    service.close();
    service = new Participant(on, clock);
    assertThat(service.inDoubt()).hasSize(1);
    assertThat(service.order(Outcome.COMMIT, xid, "1.p1")).isEqualTo(CompletionAnswer.DONE);
    assertThat(service.available("apple")).isEqualTo(9);
  }

  @Test
  void twoWhoCommitAtOnceBothSeeSuccess() throws Exception {
    Participant one = new Participant(on, clock);
    Participant other = new Participant(on, clock);
    ExecutorService two = Executors.newFixedThreadPool(2);
    try {
      for (int i = 0; i < 5; i++) {
        transaction = service.begin();
        call = service.call(transaction);
        prepared();
        Xid each = transaction.xid();
        Callable<CompletionAnswer> here = () -> one.order(Outcome.COMMIT, each, "1.p1");
        Callable<CompletionAnswer> there = () -> other.order(Outcome.COMMIT, each, "1.p1");
        for (var answer : two.invokeAll(List.of(here, there))) {
          assertThat(answer.get().verdict()).isNotEqualTo(Verdict.CONFLICT);
        }
        assertThat(one.order(Outcome.COMMIT, each, "1.p1")).isEqualTo(CompletionAnswer.DONE);
        assertThat(service.branches.inDoubt(10)).isEmpty();
      }
    } finally {
      two.shutdownNow();
      one.close();
      other.close();
    }
    assertThat(service.available("apple")).isEqualTo(5);
  }

  @Test
  void whatIsPreparedAsksAfterItsDeadlineAndTheGrace() {
    prepared();
    Duration almost = Participant.TIMEOUT.plus(Participant.GRACE);
    assertThat(service.branches.due(clock.instant().plus(almost), 10)).isEmpty();
    Instant later = clock.instant().plus(almost).plusMillis(1);
    assertThat(service.branches.due(later, 10))
        .containsExactly(new Inquiry(transaction, Participant.HERE));

    service.branches.waits(transaction, "PENDING: at work");
    assertThat(service.branches.due(clock.instant(), 10)).isEmpty();
    assertThat(service.branches.inDoubt(10))
        .singleElement()
        .satisfies(
            branch -> {
              assertThat(branch.transaction()).isEqualTo(transaction);
              assertThat(branch.path()).isEqualTo(new CallPath("1.p1"));
              assertThat(branch.lastAnswer()).isEqualTo("PENDING: at work");
            });
    service.order(Outcome.ABORT, xid, "1.p1");
  }

  @Test
  void whatBearsAnotherNameIsNotTouched() throws SQLException {
    Gid foreign =
        new Gid(
            Gid.owner(new Site("another", "3".repeat(32)), "stock"),
            transaction,
            new CallPath("1.p1"));
    Connection session = prepareAs(foreign.text(), "pear");
    assertThat(service.order(Outcome.ABORT, xid, "1")).isEqualTo(CompletionAnswer.DONE);
    assertThat(service.branches.due(clock.instant().plus(Duration.ofDays(1)), 10)).isEmpty();
    assertThat(service.branches.inDoubt(10)).isEmpty();
    assertThat(service.inDoubt()).containsExactly(foreign.text());
    try (Connection connection = service.pool.getConnection()) {
      service.database.preparing().end(connection, foreign.text(), Outcome.ABORT);
    }
    service.database.end(session);
  }

  private Connection prepareAs(String gid, String item) throws SQLException {
    PreparingDatabase preparing = service.database.preparing();
    Connection connection = service.pool.getConnection();
    connection.setAutoCommit(false);
    preparing.begin(connection, gid);
    try (var statement = connection.createStatement()) {
      statement.executeUpdate(
          "update stock set available = available - 1 where item = '" + item + "'");
    }
    Gid row = new Gid("another1", service.begin(), new CallPath("1"));
    assertThat(
            preparing.prepare(
                connection,
                gid,
                service.database.vote(row, clock.instant(), Duration.ofSeconds(5))))
        .isTrue();
    if (preparing.session() != PreparingDatabase.Session.KEPT) {
      service.database.end(connection);
    }
    return connection;
  }

  @Test
  void aBranchThatEndsAfterTheDeadlineVotesNo() {
    assertThatThrownBy(
            () ->
                service.in(
                    call,
                    () -> {
                      take("apple");
                      clock.advance(Participant.TIMEOUT);
                    }))
        .isInstanceOf(WorkRefusedException.class)
        .hasMessageContaining("deadline");
    assertThat(service.available("apple")).isEqualTo(10);
    Frame late = service.call(transaction);
    assertThatThrownBy(() -> service.in(late, () -> take("apple")))
        .isInstanceOf(WorkRefusedException.class);
  }

  @Test
  void aStatementInAutocommitModeIsRefusedInsideOfABranch() {
    service.in(
        call,
        () -> {
          take("apple");
          try (Connection own = service.dataSource.getConnection()) {
            assertThatThrownBy(
                    () ->
                        own.createStatement()
                            .executeUpdate("update stock set available = 0 where item = 'pear'"))
                .isInstanceOf(SQLException.class)
                .hasMessageContaining("autocommit");
          } catch (SQLException e) {
            throw new IllegalStateException(e);
          }
        });
    service.order(Outcome.COMMIT, xid, "1.p1");
    assertThat(service.available("pear")).isEqualTo(10);
    assertThat(service.available("apple")).isEqualTo(9);
  }

  @Test
  void aMethodInsideOfABranchBelongsToIt() {
    service.in(
        call,
        () -> {
          take("apple");
          service.in(call, () -> take("pear"));
        });
    assertThat(call.enlisted()).isEqualTo(BRANCH);
    service.order(Outcome.ABORT, xid, "1.p1");
    assertThat(service.available("pear")).isEqualTo(10);
  }

  @Test
  void aBranchInsideOfAnotherLocalTransactionIsRefused() {
    TransactionTemplate local =
        new TransactionTemplate(new JdbcTransactionManager(service.dataSource));
    assertThatThrownBy(() -> local.executeWithoutResult(status -> prepared()))
        .isInstanceOf(TransactionUsageException.class);
  }

  @Test
  void oldVotesArePurged() throws SQLException {
    prepared();
    service.order(Outcome.COMMIT, xid, "1.p1");
    assertThat(service.branches.purge(clock.instant(), 10)).isZero();
    assertThat(service.branches.purge(clock.instant().plusSeconds(1), 10)).isEqualTo(1);
    assertThat(service.database.votes(xid)).isEmpty();
  }

  @Test
  void aDatabaseThatCanPrepareHasNoObstacle() throws SQLException {
    assertThat(service.database.obstacle()).isEmpty();
  }

  private static Map.Entry<CallPath, State> entry(String path, State state) {
    return Map.entry(new CallPath(path), state);
  }
}
