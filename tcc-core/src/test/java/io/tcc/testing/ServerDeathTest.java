package io.tcc.testing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.zaxxer.hikari.HikariDataSource;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import org.junit.jupiter.api.Test;
import org.springframework.jdbc.core.simple.JdbcClient;

class ServerDeathTest {

  @EveryDatabaseServer
  void committedRowsSurviveTheDeathOfTheServer(Database database) {
    Rows rows = Rows.createdIn(database.dataSource());
    for (int id = 1; id <= 200; id++) {
      rows.insert(id);
    }

    database.kind().killServer();
    database.kind().restartServer();

    assertThat(rows.ids()).hasSize(200);
    assertThat(rows.insert(201).ids()).hasSize(201);
  }

  @EveryDatabaseServer
  void anOpenTransactionDoesNotSurviveIt(Database database) throws SQLException {
    Rows rows = Rows.createdIn(database.dataSource());
    try (Connection connection = database.dataSource().getConnection();
        Statement statement = connection.createStatement()) {
      connection.setAutoCommit(false);
      statement.execute("INSERT INTO t (id) VALUES (1)");

      database.kind().killServer();

      assertThatThrownBy(connection::commit).isInstanceOf(SQLException.class);
      database.kind().restartServer();
    }
    assertThat(rows.ids()).isEmpty();
  }

  @EveryDatabaseServer
  void aPreparedTransactionSurvivesIt(Database database) throws SQLException {
    Rows rows = Rows.createdIn(database.dataSource());
    HikariDataSource pool = database.newDataSource(1);
    TestDatabaseTest.prepareAnInsert(pool, database.kind());

    database.kind().killServer();
    database.kind().restartServer();

    assertThat(rows.ids()).isEmpty();
    String commit =
        database.kind() == TestDatabase.MARIADB ? "XA COMMIT 'x'" : "COMMIT PREPARED 'x'";
    JdbcClient.create(pool).sql(commit).update();
    assertThat(rows.ids()).containsExactly(1);
  }

  @EveryDatabaseServer
  void aDeadServerAnswersNobody(Database database) {
    database.kind().killServer();
    try {
      assertThatThrownBy(
              () ->
                  DriverManager.getConnection(
                      database.jdbcUrl(), database.user(), database.password()))
          .isInstanceOf(SQLException.class);
    } finally {
      database.kind().restartServer();
    }
  }

  @EveryDatabaseServer
  void creatingADatabaseStartsADeadServerAgain(Database database) {
    database.kind().killServer();

    try (Database next = database.kind().create()) {
      assertThat(Rows.createdIn(next.dataSource()).ids()).isEmpty();
    }
  }

  @EveryDatabaseServer
  void onlyARunningServerIsKilledAndOnlyADeadOneRestarted(Database database) {
    TestDatabase kind = database.kind();
    assertThatThrownBy(kind::restartServer).isInstanceOf(IllegalStateException.class);

    kind.killServer();
    assertThatThrownBy(kind::killServer).isInstanceOf(IllegalStateException.class);
    kind.restartServer();
  }

  @Test
  void h2HasNoServerToKill() {
    assertThat(TestDatabase.H2.hasServer()).isFalse();
    assertThatThrownBy(TestDatabase.H2::killServer)
        .isInstanceOf(UnsupportedOperationException.class);
  }
}
