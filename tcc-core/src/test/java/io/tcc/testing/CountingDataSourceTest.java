package io.tcc.testing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assumptions.assumeThat;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Savepoint;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.springframework.jdbc.core.simple.JdbcClient;

class CountingDataSourceTest {

  private static final String ONE = "INSERT INTO t (id) VALUES (1)";
  private static final String TWO = "INSERT INTO t (id) VALUES (2)";

  private final List<String> heard = new ArrayList<>();
  private CountingDataSource counting;
  private Rows rows;

  @BeforeEach
  void aTable(Database database) {
    rows = Rows.createdIn(database.dataSource());
    counting = new CountingDataSource(database.dataSource(), new Scribe());
  }

  @EveryDatabase
  void aCommitAfterWritesIsOneDurableCommitThatTellsThem() throws SQLException {
    inTransaction(
        connection -> {
          execute(connection, ONE, "SELECT id FROM t", TWO);
          connection.commit();
        });

    assertThat(durable()).containsExactly(List.of(ONE, TWO));
    assertThat(counting.readOnlyCommits()).isZero();
    assertThat(rows.ids()).containsExactly(1, 2);
  }

  @EveryDatabase
  void aRollbackCountsNone() throws SQLException {
    inTransaction(
        connection -> {
          execute(connection, ONE);
          connection.rollback();
          connection.commit();
        });

    assertThat(durable()).isEmpty();
    assertThat(rows.ids()).isEmpty();
  }

  @EveryDatabase
  void aReadOnlyCommitIsNoDurableOne() throws SQLException {
    inTransaction(
        connection -> {
          execute(connection, "SELECT id FROM t", "SELECT id FROM t FOR UPDATE");
          connection.commit();
        });

    assertThat(durable()).isEmpty();
    assertThat(counting.readOnlyCommits()).isOne();
  }

  @EveryDatabase
  void aStatementThatMeetsNoRowIsNotDurable() throws SQLException {
    String nobody = "UPDATE t SET id = 3 WHERE id = 2";
    inTransaction(
        connection -> {
          execute(connection, nobody);
          connection.commit();
        });
    try (Connection connection = counting.getConnection()) {
      execute(connection, nobody);
    }

    assertThat(durable()).isEmpty();
  }

  @EveryDatabase
  void aWriteUnderAutocommitIsADurableCommit() throws SQLException {
    try (Connection connection = counting.getConnection()) {
      execute(connection, ONE);
      assertThat(connection.getAutoCommit()).isTrue();
      execute(connection, "SELECT id FROM t");
      execute(connection, "UPDATE t SET id = 3");
    }

    assertThat(durable()).containsExactly(List.of(ONE), List.of("UPDATE t SET id = 3"));
    assertThat(rows.ids()).containsExactly(3);
  }

  @EveryDatabase
  void aFailedWriteUnderAutocommitCountsNoneAndLeavesTheConnectionUsable() throws SQLException {
    try (Connection connection = counting.getConnection()) {
      execute(connection, ONE);
      assertThatThrownBy(() -> execute(connection, ONE)).isInstanceOf(SQLException.class);
      assertThat(connection.getAutoCommit()).isTrue();
      execute(connection, TWO);
    }

    assertThat(durable()).containsExactly(List.of(ONE), List.of(TWO));
  }

  @EveryDatabase
  void switchingAutocommitOnCommits() throws SQLException {
    try (Connection connection = counting.getConnection()) {
      connection.setAutoCommit(false);
      execute(connection, ONE);
      connection.setAutoCommit(true);
    }

    assertThat(durable()).containsExactly(List.of(ONE));
    assertThat(rows.ids()).containsExactly(1);
  }

  @EveryDatabase
  void whatWasRolledBackToASavepointIsNotTold() throws SQLException {
    inTransaction(
        connection -> {
          execute(connection, ONE);
          Savepoint savepoint = connection.setSavepoint();
          execute(connection, TWO);
          connection.rollback(savepoint);
          connection.commit();
        });

    assertThat(durable()).containsExactly(List.of(ONE));
    assertThat(rows.ids()).containsExactly(1);
  }

  @EveryDatabase
  void preparedStatementsAndBatchesTellTheirTextOnce() throws SQLException {
    inTransaction(
        connection -> {
          try (PreparedStatement insert = connection.prepareStatement(Rows.INSERT)) {
            for (int id = 1; id <= 3; id++) {
              insert.setInt(1, id);
              insert.addBatch();
            }
            insert.executeBatch();
          }
          connection.commit();
        });

    assertThat(durable()).containsExactly(List.of(Rows.INSERT));
    assertThat(rows.ids()).hasSize(3);
  }

  @EveryDatabase
  void generatedKeysComeThroughUnderAutocommit(Database database) throws SQLException {
    String identity =
        database.kind() == TestDatabase.MARIADB
            ? "id INT AUTO_INCREMENT PRIMARY KEY"
            : "id INT GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY";
    JdbcClient.create(database.dataSource())
        .sql("CREATE TABLE k (%s, v INT)".formatted(identity))
        .update();
    try (Connection connection = counting.getConnection();
        PreparedStatement insert =
            connection.prepareStatement(
                "INSERT INTO k (v) VALUES (5)", Statement.RETURN_GENERATED_KEYS)) {
      insert.executeUpdate();
      try (ResultSet keys = insert.getGeneratedKeys()) {
        assertThat(keys.next()).isTrue();
        assertThat(keys.getInt(1)).isOne();
      }
    }

    assertThat(durable()).hasSize(1);
  }

  @EveryDatabase
  void aChangeOfTheSchemaIsDurable() throws SQLException {
    try (Connection connection = counting.getConnection()) {
      execute(connection, "CREATE TABLE u (id INT)");
    }

    assertThat(durable()).containsExactly(List.of("CREATE TABLE u (id INT)"));
  }

  @EveryDatabase
  void aChangeOfTheSchemaInATransactionCountsOnce() throws SQLException {
    inTransaction(
        connection -> {
          execute(connection, ONE, "CREATE TABLE u (id INT)");
          connection.commit();
        });

    assertThat(durable()).containsExactly(List.of(ONE, "CREATE TABLE u (id INT)"));
  }

  @EveryDatabaseServer
  void preparingATransactionAndDecidingItAreADurableCommitEach(Database database)
      throws SQLException {
    String insert = ONE;
    if (database.kind() == TestDatabase.MARIADB) {
      try (Connection connection = counting.getConnection()) {
        execute(connection, "XA START 'x'", insert, "XA END 'x'", "XA PREPARE 'x'");
        assertThat(rows.ids()).isEmpty();
        execute(connection, "XA COMMIT 'x'");
      }
      assertThat(durable())
          .containsExactly(List.of(insert, "XA PREPARE 'x'"), List.of("XA COMMIT 'x'"));
    } else {
      inTransaction(connection -> execute(connection, insert, "PREPARE TRANSACTION 'x'"));
      assertThat(rows.ids()).isEmpty();
      try (Connection connection = counting.getConnection()) {
        execute(connection, "COMMIT PREPARED 'x'");
      }
      assertThat(durable())
          .containsExactly(
              List.of(insert, "PREPARE TRANSACTION 'x'"), List.of("COMMIT PREPARED 'x'"));
    }
    assertThat(rows.ids()).containsExactly(1);
  }

  @EveryDatabaseServer
  void aStatementThatCommitsWhatItWritesAndWhatWasWrittenBeforeCountsOnce(TestDatabase kind)
      throws SQLException {
    assumeThat(kind).as("takes two statements as one text").isEqualTo(TestDatabase.POSTGRESQL);
    inTransaction(connection -> execute(connection, ONE, TWO + "; commit"));

    assertThat(durable()).containsExactly(List.of(ONE, TWO + "; commit"));
    assertThat(rows.ids()).containsExactly(1, 2);
  }

  @EveryDatabaseServer
  void aTransactionInSqlCountsLikeOneInJdbc() throws SQLException {
    try (Connection connection = counting.getConnection()) {
      execute(connection, "BEGIN", ONE, TWO, "COMMIT");
      execute(connection, "BEGIN", "UPDATE t SET id = id + 10", "ROLLBACK");
    }

    assertThat(durable()).containsExactly(List.of(ONE, TWO));
    assertThat(rows.ids()).containsExactly(1, 2);
  }

  @EveryDatabase
  void listenersHearEachDurableCommitBeforeAndAfter() throws SQLException {
    inTransaction(
        connection -> {
          connection.commit();
          execute(connection, ONE);
          connection.commit();
        });

    assertThat(heard).containsExactly("before 1: " + ONE, "after 1: " + ONE);
  }

  @EveryDatabase
  void whatAListenerThrowsTakesThePlaceOfTheAnswer(Database database) throws SQLException {
    CommitListener loser =
        new CommitListener() {
          @Override
          public void afterCommit(Commit commit) throws SQLException {
            throw new SQLException("answer lost");
          }
        };
    CountingDataSource losing = new CountingDataSource(database.dataSource(), loser);
    try (Connection connection = losing.getConnection()) {
      connection.setAutoCommit(false);
      execute(connection, ONE);
      assertThatThrownBy(connection::commit).hasMessage("answer lost");
      connection.setAutoCommit(true);
      assertThatThrownBy(() -> execute(connection, TWO)).hasMessage("answer lost");
    }

    assertThat(losing.durableCommits()).hasSize(2);
    assertThat(rows.ids()).containsExactly(1, 2);
  }

  @EveryDatabase
  void resetCountsFromTheStart() throws SQLException {
    try (Connection connection = counting.getConnection()) {
      execute(connection, ONE);
      counting.reset();
      execute(connection, TWO);
    }

    assertThat(counting.durableCommits()).containsExactly(new Commit(1, List.of(TWO)));
    assertThat(counting.toString()).contains("1 durable commits, 0 read-only").contains(TWO);
  }

  @EveryDatabase
  void aConnectionKnowsItselfAndItsStatements() throws SQLException {
    try (Connection connection = counting.getConnection();
        Statement statement = connection.createStatement()) {
      assertThat(statement.getConnection()).isSameAs(connection).isEqualTo(connection);
      assertThat(connection.unwrap(Connection.class)).isSameAs(connection);
      assertThat(connection.isWrapperFor(Connection.class)).isTrue();
      assertThat(connection).hasSameHashCodeAs(connection);
      assertThat(connection.isValid(1)).isTrue();
    }
  }

  private List<List<String>> durable() {
    return counting.durableCommits().stream().map(Commit::statements).toList();
  }

  private void inTransaction(Work work) throws SQLException {
    try (Connection connection = counting.getConnection()) {
      connection.setAutoCommit(false);
      work.on(connection);
    }
  }

  private static void execute(Connection connection, String... statements) throws SQLException {
    try (Statement statement = connection.createStatement()) {
      for (String sql : statements) {
        statement.execute(sql);
      }
    }
  }

  private interface Work {
    void on(Connection connection) throws SQLException;
  }

  private final class Scribe implements CommitListener {

    @Override
    public void beforeCommit(Commit commit) {
      heard.add("before " + commit);
    }

    @Override
    public void afterCommit(Commit commit) {
      heard.add("after " + commit);
    }
  }
}
