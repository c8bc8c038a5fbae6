package io.tcc.log.jdbc;

import static io.tcc.log.jdbc.LogOnDatabase.START;
import static io.tcc.log.jdbc.LogOnDatabase.commit;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tcc.log.LocalOutcomeUnknownException;
import io.tcc.log.LocalSettings;
import io.tcc.testing.Database;
import io.tcc.testing.TestDatabase;
import io.tcc.transaction.Decision;
import io.tcc.transaction.Xid;
import java.lang.reflect.Proxy;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.time.Duration;
import java.util.function.BinaryOperator;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.dao.DataAccessException;
import org.springframework.dao.DuplicateKeyException;
import org.springframework.jdbc.core.JdbcTemplate;
import org.springframework.jdbc.datasource.DelegatingDataSource;
import org.springframework.jdbc.datasource.DriverManagerDataSource;

/** On PostgreSQL the last insertion of a local transaction commits it, in one round trip. */
class DecisionThatCommitsTest {

  private static final Duration LIMIT = Duration.ofSeconds(1);

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
    return log.decisions.insertLast(decision, LIMIT);
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
                      log.decisions.insertLast(decision, LIMIT);
                    }))
        .isInstanceOf(DataAccessException.class)
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
        .isInstanceOf(DuplicateKeyException.class)
        .hasMessageContaining("deferred_id_key");
    assertThat(isSeen(decision.xid())).isFalse();
    assertThat(log.businessRows()).isEmpty();
  }

  /** As the wait for another server would be: the end of the time would count as success. */
  @Test
  void theCommitHasTheTimeThatItTakes() {
    log.sql.execute(
        """
        create function slowly() returns trigger language plpgsql as
        'begin perform pg_sleep(2); return null; end'""");
    log.sql.execute(
        """
        create constraint trigger late after insert on business
        initially deferred for each row execute function slowly()""");
    Decision decision = commit(START);
    Duration second = Duration.ofSeconds(1);

    boolean won =
        log.local.separate(
            second,
            () -> {
              log.sql.update("insert into business values (1, 10)");
              return log.decisions.insertLast(decision, second);
            });

    assertThat(won).isTrue();
    assertThat(log.businessRows()).containsExactly(1);
  }

  @Test
  void theWaitForWhoeverDecidesAboutTheSameIsBounded() {
    Decision decision = commit(START);
    try (OpenTransaction other = new OpenTransaction(log, () -> log.decisions.insert(decision))) {
      assertThatThrownBy(() -> once(() -> insertLast(decision)))
          .isInstanceOf(DataAccessException.class)
          .hasMessageContaining("lock timeout");
      other.rollBack();
    }
    assertThat(isSeen(decision.xid())).isFalse();
    assertThat(log.businessRows()).isEmpty();
  }

  @Test
  void aDecisionOfAnotherIsKnownByTheTableWhateverItsPrefix() {
    Tables tables = new Tables("App_");
    Schema schema = new Schema(log.dataSource, tables);
    schema.create();
    schema.logId(LogOnDatabase.HERE::log, log.clock);
    JdbcDecisionLog decisions =
        new JdbcDecisionLog(log.dataSource, tables, log.clock, LogOnDatabase.RETENTION);
    Decision decision = commit(START);
    log.separately(() -> assertThat(decisions.insertLast(decision, LIMIT)).isTrue());
    assertThatThrownBy(
            () ->
                once(
                    () -> {
                      if (!decisions.insertLast(decision, LIMIT)) {
                        throw new IllegalStateException("lost");
                      }
                    }))
        .hasMessage("lost");
  }

  @Test
  void whatFailsBehindTheStatementLeavesTheOutcomeUnknown() {
    Decision decision = commit(START);
    JdbcDecisionLog observed =
        new JdbcDecisionLog(
            new DelegatingDataSource(log.dataSource) {
              @Override
              public Connection getConnection() throws SQLException {
                return failingBehind(super.getConnection());
              }
            },
            Tables.withDefaultPrefix(),
            log.clock,
            LogOnDatabase.RETENTION);
    assertThatThrownBy(() -> observed.insertLast(decision, LIMIT))
        .isInstanceOf(LocalOutcomeUnknownException.class)
        .hasMessageContaining("observer");
    assertThat(isSeen(decision.xid())).isTrue();
  }

  /** As somebody's listener on statements may. */
  private static Connection failingBehind(Connection connection) {
    return proxy(
        Connection.class,
        connection,
        (method, result) ->
            method.equals("prepareStatement")
                ? proxy(
                    PreparedStatement.class,
                    (PreparedStatement) result,
                    (each, ignored) -> {
                      if (each.equals("execute")) {
                        throw new IllegalStateException("observer");
                      }
                      return ignored;
                    })
                : result);
  }

  private static <T> T proxy(Class<T> type, T target, BinaryOperator<Object> behind) {
    return type.cast(
        Proxy.newProxyInstance(
            DecisionThatCommitsTest.class.getClassLoader(),
            new Class<?>[] {type},
            (self, method, arguments) ->
                behind.apply(method.getName(), method.invoke(target, arguments))));
  }

  private void once(Runnable work) {
    log.local.<Boolean, RuntimeException>around(
        new LocalSettings(LocalSettings.DEFAULT_ISOLATION, Duration.ofSeconds(30)),
        () -> {
          work.run();
          return true;
        });
  }

  /** Statements that the server keeps, texts that the driver takes apart, savepoints of its own. */
  @ParameterizedTest
  @ValueSource(strings = {"prepareThreshold=1", "preferQueryMode=simple", "autosave=always"})
  void itIsTheSameHoweverTheDriverIsSet(String setting) {
    String url = database.jdbcUrl();
    LogOnDatabase driven =
        new LogOnDatabase(
            new DriverManagerDataSource(
                url + (url.contains("?") ? "&" : "?") + setting,
                database.user(),
                database.password()));
    for (int id = 1; id <= 3; id++) {
      String insert = "insert into business values (" + id + ", 10)";
      Decision decision = commit(START);
      driven.separately(
          () -> {
            driven.sql.update(insert);
            assertThat(driven.decisions.insertLast(decision, LIMIT)).isTrue();
            assertThat(isSeen(decision.xid())).isTrue();
          });
      assertThatThrownBy(
              () ->
                  driven.separately(
                      () -> {
                        driven.sql.update("insert into business values (0, 10)");
                        assertThat(driven.decisions.insertLast(decision, LIMIT)).isFalse();
                        throw new IllegalStateException("lost");
                      }))
          .hasMessage("lost");
    }
    assertThat(log.businessRows()).containsExactly(1, 2, 3);
  }

  @Test
  void itCommitsAsWellOnceTheServerKeepsItParsed() {
    for (int n = 0; n < 20; n++) {
      Decision decision = commit(START);
      log.separately(() -> assertThat(log.decisions.insertLast(decision, LIMIT)).isTrue());
      log.separately(() -> assertThat(isSeen(decision.xid())).isTrue());
      assertThatThrownBy(
              () ->
                  log.separately(
                      () -> {
                        log.sql.update("insert into business values (1, 10)");
                        assertThat(log.decisions.insertLast(decision, LIMIT)).isFalse();
                        throw new IllegalStateException("lost");
                      }))
          .hasMessage("lost");
    }
    assertThat(log.businessRows()).isEmpty();
  }
}
