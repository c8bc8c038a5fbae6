package io.tcc.testing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import javax.sql.DataSource;
import org.junit.jupiter.api.BeforeEach;
import org.springframework.jdbc.datasource.DataSourceTransactionManager;
import org.springframework.transaction.support.TransactionTemplate;

class SimulatedCrashTest {

  private Rows rows;

  @BeforeEach
  void aTable(Database database) {
    rows = Rows.createdIn(database.dataSource());
  }

  @EveryDatabase
  void aCrashBeforeTheCommitLeavesNothing(Database database) throws Exception {
    SimulatedCrash crash = SimulatedCrash.beforeCommit(1);
    DataSource dying = crash.of(database.dataSource());

    crash.during(() -> insertInTransaction(dying, 1));

    assertThat(crash.hasHappened()).isTrue();
    assertThat(rows.ids()).isEmpty();
  }

  @EveryDatabase
  void aCrashAfterTheCommitLeavesTheRow(Database database) throws Exception {
    SimulatedCrash crash = SimulatedCrash.afterCommit(1);
    DataSource dying = crash.of(database.dataSource());

    crash.during(() -> insertInTransaction(dying, 1));

    assertThat(rows.ids()).containsExactly(1);
  }

  @EveryDatabase
  void aCrashIsTheSameUnderAutocommit(Database database) throws Exception {
    SimulatedCrash before = SimulatedCrash.beforeCommit(2);
    Rows dying = new Rows(before.of(database.dataSource()));
    before.during(() -> dying.insert(1).insert(2));
    assertThat(rows.ids()).containsExactly(1);

    SimulatedCrash after = SimulatedCrash.afterCommit(1);
    Rows dyingAgain = new Rows(after.of(database.dataSource()));
    after.during(() -> dyingAgain.insert(2));
    assertThat(rows.ids()).containsExactly(1, 2);
  }

  @EveryDatabase
  void everyMomentOfAPieceOfWorkIsReached(Database database) throws Exception {
    int id = 0;
    for (SimulatedCrash crash : SimulatedCrash.atEach(2)) {
      int first = ++id;
      int second = ++id;
      DataSource dying = crash.of(database.dataSource());
      crash.during(
          () -> {
            insertInTransaction(dying, first);
            insertInTransaction(dying, second);
          });
    }

    assertThat(rows.ids()).containsExactly(3, 5, 7, 8);
  }

  @EveryDatabase
  void theDeadCannotUseTheDatabaseAnyMore(Database database) throws Exception {
    SimulatedCrash crash = SimulatedCrash.afterCommit(1);
    CountingDataSource dying = crash.of(database.dataSource());
    try (Connection idle = dying.getConnection();
        Statement statement = idle.createStatement()) {
      crash.during(() -> new Rows(dying).insert(1));

      assertThatThrownBy(dying::getConnection).isInstanceOf(SQLException.class);
      assertThatThrownBy(idle::createStatement).isInstanceOf(SQLException.class);
      assertThatThrownBy(idle::commit).isInstanceOf(SQLException.class);
      assertThatThrownBy(() -> statement.execute("DELETE FROM t")).isInstanceOf(SQLException.class);
      assertThat(idle.isClosed()).isTrue();
    }
    assertThat(rows.ids()).containsExactly(1);
  }

  @EveryDatabase
  void whatOtherThreadsHadOpenIsRolledBackAndItsLocksAreFree(Database database) throws Exception {
    rows.insert(1);
    SimulatedCrash crash = SimulatedCrash.beforeCommit(1);
    CountingDataSource dying = crash.of(database.dataSource());
    try (Connection open = dying.getConnection();
        Statement statement = open.createStatement()) {
      open.setAutoCommit(false);
      statement.executeUpdate("DELETE FROM t WHERE id = 1");

      crash.during(() -> new Rows(dying).insert(5));
    }

    try (Connection survivor = database.dataSource().getConnection();
        Statement statement = survivor.createStatement()) {
      assertThat(statement.executeUpdate("UPDATE t SET id = 3 WHERE id = 1")).isOne();
    }
    assertThat(rows.ids()).containsExactly(3);
  }

  @EveryDatabase
  void aThreadThatWaitsForALockOfTheDeadDiesToo(Database database) throws Exception {
    rows.insert(1);
    SimulatedCrash crash = SimulatedCrash.beforeCommit(1);
    CountingDataSource dying = crash.of(database.dataSource());
    ExecutorService thread = Executors.newSingleThreadExecutor();
    try (Connection locker = dying.getConnection();
        Statement statement = locker.createStatement()) {
      locker.setAutoCommit(false);
      statement.executeUpdate("DELETE FROM t WHERE id = 1");
      Future<?> waiting = thread.submit(() -> new Rows(dying).insert(1));

      crash.during(locker::commit);

      assertThatThrownBy(() -> waiting.get(60, TimeUnit.SECONDS))
          .isInstanceOf(ExecutionException.class);
    } finally {
      thread.shutdownNow();
    }
    assertThat(rows.ids()).containsExactly(1);
  }

  @EveryDatabase
  void allDataSourcesOfTheProcessDieTogetherAndCountTogether(TestDatabase kind) throws Exception {
    try (Database one = kind.create();
        Database two = kind.create()) {
      Rows inOne = Rows.createdIn(one.dataSource());
      Rows inTwo = Rows.createdIn(two.dataSource());
      SimulatedCrash crash = SimulatedCrash.afterCommit(2);
      CountingDataSource dyingOne = crash.of(one.dataSource());
      CountingDataSource dyingTwo = crash.of(two.dataSource());

      crash.during(
          () -> {
            new Rows(dyingOne).insert(1);
            new Rows(dyingTwo).insert(2);
          });

      assertThat(dyingOne.hasCrashed()).isTrue();
      assertThat(dyingTwo.hasCrashed()).isTrue();
      assertThat(inOne.ids()).containsExactly(1);
      assertThat(inTwo.ids()).containsExactly(2);
    }
  }

  @EveryDatabase
  void springsTransactionsDoNotHideTheDeath(Database database) throws Exception {
    SimulatedCrash crash = SimulatedCrash.beforeCommit(1);
    CountingDataSource dying = crash.of(database.dataSource());

    TransactionTemplate transaction =
        new TransactionTemplate(new DataSourceTransactionManager(dying));
    crash.during(
        () ->
            assertThatThrownBy(
                    () -> transaction.executeWithoutResult(status -> new Rows(dying).insert(1)))
                .isInstanceOf(SimulatedCrash.Death.class));

    assertThat(rows.ids()).isEmpty();
  }

  @EveryDatabase
  void workThatSurvivesIsAFailureThatTellsItsCommits(Database database) {
    SimulatedCrash crash = SimulatedCrash.beforeCommit(2);
    Rows dying = new Rows(crash.of(database.dataSource()));

    assertThatThrownBy(() -> crash.during(() -> dying.insert(1)))
        .isInstanceOf(AssertionError.class)
        .hasMessageContaining("crash before durable commit 2 did not happen")
        .hasMessageContaining(Rows.INSERT);
  }

  @EveryDatabase
  void aFailureBeforeTheCrashIsNotSwallowed(Database database) {
    SimulatedCrash crash = SimulatedCrash.beforeCommit(1);
    crash.of(database.dataSource());

    assertThatThrownBy(
            () ->
                crash.during(
                    () -> {
                      throw new IllegalStateException("something else");
                    }))
        .hasMessage("something else");
  }

  private static void insertInTransaction(DataSource dataSource, int id) throws SQLException {
    try (Connection connection = dataSource.getConnection();
        Statement statement = connection.createStatement()) {
      connection.setAutoCommit(false);
      statement.executeUpdate("INSERT INTO t (id) VALUES (%d)".formatted(id));
      connection.commit();
    }
  }
}
