package io.tcc.testing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.zaxxer.hikari.HikariDataSource;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import org.springframework.jdbc.core.simple.JdbcClient;

class TestDatabaseTest {

  @EveryDatabase
  void aNewDatabaseIsIsolatedFromEveryOther(TestDatabase kind) {
    try (Database one = kind.create();
        Database other = kind.create()) {
      Rows.createdIn(one.dataSource()).insert(1);

      assertThat(Rows.createdIn(other.dataSource()).ids()).isEmpty();
    }
  }

  @EveryDatabase
  void aNewDatabaseIsEmptyWhateverItsPredecessorLeft(TestDatabase kind) {
    String url;
    try (Database predecessor = kind.create()) {
      url = predecessor.jdbcUrl();
      Rows.createdIn(predecessor.dataSource()).insert(1);
      JdbcClient.create(predecessor.dataSource()).sql("CREATE VIEW v AS SELECT id FROM t").update();
    }
    try (Database database = kind.create()) {
      assertThat(database.jdbcUrl()).isNotEqualTo(url);
      assertThat(Rows.createdIn(database.dataSource()).ids()).isEmpty();
    }
  }

  @EveryDatabase
  void anotherProcessCanConnectToADurableDatabase(TestDatabase kind) throws Exception {
    try (Database database = kind.createDurable()) {
      Rows rows = Rows.createdIn(database.dataSource());

      Process other =
          new ProcessBuilder(
                  ProcessHandle.current().info().command().orElseThrow(),
                  "-cp",
                  System.getProperty("java.class.path"),
                  AnotherProcess.class.getName(),
                  database.jdbcUrl(),
                  database.user(),
                  database.password())
              .inheritIO()
              .start();

      assertThat(other.waitFor()).isZero();
      assertThat(rows.ids()).containsExactly(7);
    }
  }

  @EveryDatabase
  void nobodyConnectsToAClosedDatabase(Database database) {
    Rows.createdIn(database.dataSource());
    database.close();

    assertThatThrownBy(() -> database.newDataSource(1)).isInstanceOf(IllegalStateException.class);
    assertThatThrownBy(() -> new Rows(database.dataSource()).ids()).isInstanceOf(Exception.class);
  }

  @EveryDatabase
  void closingDoesNotWaitForForgottenSessions(TestDatabase kind) throws SQLException {
    Database database = kind.create();
    Rows.createdIn(database.dataSource());
    Connection forgotten =
        DriverManager.getConnection(database.jdbcUrl(), database.user(), database.password());
    forgotten.setAutoCommit(false);
    try (Statement statement = forgotten.createStatement()) {
      statement.execute("INSERT INTO t (id) VALUES (1)");
    }

    database.close();

    try (Database next = kind.create()) {
      assertThat(Rows.createdIn(next.dataSource()).ids()).isEmpty();
    }
  }

  @EveryDatabaseServer
  void closingForgetsPreparedTransactions(TestDatabase kind) throws SQLException {
    Database database = kind.create();
    Rows.createdIn(database.dataSource());
    try (HikariDataSource pool = database.newDataSource(1)) {
      prepareAnInsert(pool, kind);
    }

    database.close();

    try (Database next = kind.create()) {
      assertThat(Rows.createdIn(next.dataSource()).ids()).isEmpty();
    }
  }

  @EveryDatabase
  void aFurtherPoolHoldsAsManyConnectionsAsItWasTold(Database database) throws SQLException {
    try (HikariDataSource pool = database.newDataSource(2);
        Connection one = pool.getConnection();
        Connection two = pool.getConnection()) {
      assertThat(one).isNotSameAs(two);
      assertThat(pool.getHikariPoolMXBean().getTotalConnections()).isEqualTo(2);
      assertThat(pool.getMaximumPoolSize()).isEqualTo(2);
    }
  }

  @EveryDatabaseServer
  void theServersKeepTheirPromises(Database database) {
    JdbcClient client = JdbcClient.create(database.dataSource());
    if (database.kind() == TestDatabase.POSTGRESQL) {
      assertThat(setting(client, "SHOW fsync")).isEqualTo("on");
      assertThat(setting(client, "SHOW synchronous_commit")).isEqualTo("on");
      assertThat(setting(client, "SHOW max_prepared_transactions")).isEqualTo("100");
    } else {
      assertThat(setting(client, "SELECT @@innodb_flush_log_at_trx_commit")).isEqualTo("1");
      assertThat(setting(client, "SELECT @@bind_address")).isEqualTo("127.0.0.1");
    }
  }

  static void prepareAnInsert(HikariDataSource pool, TestDatabase kind) throws SQLException {
    try (Connection connection = pool.getConnection();
        Statement statement = connection.createStatement()) {
      if (kind == TestDatabase.MARIADB) {
        statement.execute("XA START 'x'");
        statement.execute("INSERT INTO t (id) VALUES (1)");
        statement.execute("XA END 'x'");
        statement.execute("XA PREPARE 'x'");
      } else {
        connection.setAutoCommit(false);
        statement.execute("INSERT INTO t (id) VALUES (1)");
        statement.execute("PREPARE TRANSACTION 'x'");
        connection.setAutoCommit(true);
      }
    }
  }

  private static String setting(JdbcClient client, String query) {
    return client.sql(query).query(String.class).single();
  }

  /** Inserts a row into the database whose address it is given. */
  static final class AnotherProcess {

    private AnotherProcess() {}

    public static void main(String[] address) throws SQLException {
      try (Connection connection = DriverManager.getConnection(address[0], address[1], address[2]);
          Statement statement = connection.createStatement()) {
        statement.execute("INSERT INTO t (id) VALUES (7)");
      }
    }
  }
}
