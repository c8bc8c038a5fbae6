package io.tcc.log.jdbc;

import static io.tcc.log.jdbc.LogOnDatabase.START;
import static io.tcc.log.jdbc.LogOnDatabase.commit;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tcc.log.LocalOutcomeUnknownException;
import io.tcc.testing.Database;
import io.tcc.testing.TestDatabase;
import io.tcc.transaction.Decision;
import io.tcc.transaction.Xid;
import java.lang.reflect.Proxy;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import javax.sql.DataSource;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.springframework.dao.DataAccessException;
import org.springframework.jdbc.core.JdbcTemplate;
import org.springframework.jdbc.datasource.DelegatingDataSource;

/** On PostgreSQL the last insertion of a local transaction commits it, in one round trip. */
class DecisionThatCommitsTest {

  private final Database database = TestDatabase.POSTGRESQL.create();
  private final LogOnDatabase log = new LogOnDatabase(database.newDataSource(2));

  /** What others see. */
  private final JdbcTemplate outside = new JdbcTemplate(database.dataSource());

  @BeforeEach
  void createTables() {
    log.createBusinessTable();
    log.sql.execute(
        "create table deferred (id int unique deferrable initially deferred, amount int)");
  }

  @AfterEach
  void close() {
    database.close();
  }

  private boolean isSeen(Xid xid) {
    return 1
        == outside.queryForObject(
            "select count(*) from tcc_decision where xid = ?", Integer.class, xid.value());
  }

  private boolean insertLast(Decision decision) {
    log.sql.update("insert into business values (1, 10)");
    return log.decisions.insertLast(decision);
  }

  @Test
  void nobodyHasToAskForTheCommitAnyMore() {
    Decision decision = commit(START);
    log.separately(
        () -> {
          assertThat(insertLast(decision)).isTrue();
          assertThat(isSeen(decision.xid())).isTrue();
        });
    assertThat(log.businessRows()).containsExactly(1);
  }

  @Test
  void whatWasDoneBehindIsNoPartOfIt() {
    Decision decision = commit(START);
    assertThatThrownBy(
            () ->
                log.separately(
                    () -> {
                      insertLast(decision);
                      throw new IllegalStateException("too late");
                    }))
        .hasMessage("too late");
    assertThat(isSeen(decision.xid())).isTrue();
    assertThat(log.businessRows()).containsExactly(1);
  }

  @Test
  void behindAnErrorThatSomebodySwallowedNothingIsCommitted() {
    Decision decision = commit(START);
    assertThatThrownBy(
            () ->
                log.separately(
                    () -> {
                      log.sql.update("insert into business values (2, 10)");
                      swallow("insert into business values (2, 10)");
                      log.decisions.insertLast(decision);
                    }))
        .isInstanceOf(LocalOutcomeUnknownException.class)
        .hasMessageContaining("current transaction is aborted");
    assertThat(isSeen(decision.xid())).isFalse();
    assertThat(log.businessRows()).isEmpty();
  }

  private void swallow(String sql) {
    assertThatThrownBy(() -> log.sql.update(sql)).isInstanceOf(DataAccessException.class);
  }

  @Test
  void aConstraintThatTheCommitMeetsIsNotTakenForAnotherDecision() {
    Decision decision = commit(START);
    assertThatThrownBy(
            () ->
                log.separately(
                    () -> {
                      log.sql.update("insert into deferred values (1, 1), (1, 2)");
                      insertLast(decision);
                    }))
        .isInstanceOf(LocalOutcomeUnknownException.class)
        .hasMessageContaining("deferred_id_key");
    assertThat(isSeen(decision.xid())).isFalse();
    assertThat(log.businessRows()).isEmpty();
  }

  /** The end of a statement's time would end that wait as well, and count as a success. */
  @Test
  void whereACommitWaitsForAnotherServerItIsAskedForApart() {
    LogOnDatabase waiting = new LogOnDatabase(new WithStandby(database.dataSource()));
    Decision decision = commit(START);
    waiting.separately(
        () -> {
          assertThat(waiting.decisions.insertLast(decision)).isTrue();
          assertThat(isSeen(decision.xid())).isFalse();
        });
    assertThat(isSeen(decision.xid())).isTrue();
  }

  /** A server whose commits wait for another one, as far as it says. */
  private static final class WithStandby extends DelegatingDataSource {

    WithStandby(DataSource target) {
      super(target);
    }

    @Override
    public Connection getConnection() throws SQLException {
      Connection connection = super.getConnection();
      return (Connection)
          Proxy.newProxyInstance(
              WithStandby.class.getClassLoader(),
              new Class<?>[] {Connection.class},
              (self, method, arguments) ->
                  method.getName().equals("createStatement")
                      ? saying(connection.createStatement())
                      : method.invoke(connection, arguments));
    }

    private static Statement saying(Statement statement) {
      return (Statement)
          Proxy.newProxyInstance(
              WithStandby.class.getClassLoader(),
              new Class<?>[] {Statement.class},
              (self, method, arguments) ->
                  method.getName().equals("executeQuery")
                          && arguments[0].equals("show synchronous_standby_names")
                      ? statement.executeQuery("select 'first 1 (berlin)'")
                      : method.invoke(statement, arguments));
    }
  }

  @Test
  void itCommitsAsWellOnceTheServerKeepsItParsed() {
    for (int n = 0; n < 20; n++) {
      Decision decision = commit(START);
      log.separately(() -> assertThat(log.decisions.insertLast(decision)).isTrue());
      log.separately(() -> assertThat(isSeen(decision.xid())).isTrue());
      assertThatThrownBy(
              () ->
                  log.separately(
                      () -> {
                        log.sql.update("insert into business values (1, 10)");
                        assertThat(log.decisions.insertLast(decision)).isFalse();
                        throw new IllegalStateException("lost");
                      }))
          .hasMessage("lost");
    }
    assertThat(log.businessRows()).isEmpty();
  }
}
