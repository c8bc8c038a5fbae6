package io.tcc.log.jdbc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tcc.log.LocalOutcomeUnknownException;
import io.tcc.testing.Commit;
import io.tcc.testing.CommitListener;
import io.tcc.testing.CountingDataSource;
import io.tcc.testing.Database;
import io.tcc.testing.EveryDatabase;
import io.tcc.testing.TestDatabase;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.SQLNonTransientConnectionException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import javax.sql.DataSource;
import org.junit.jupiter.api.BeforeEach;
import org.springframework.dao.DuplicateKeyException;
import org.springframework.jdbc.core.JdbcTemplate;
import org.springframework.jdbc.datasource.DelegatingDataSource;
import org.springframework.jdbc.support.JdbcTransactionManager;
import org.springframework.transaction.TransactionDefinition;
import org.springframework.transaction.support.TransactionSynchronizationManager;
import org.springframework.transaction.support.TransactionTemplate;

/** A local transaction that is one statement. */
class StatementAloneTest {

  private static final Duration LIMIT = Duration.ofSeconds(2);
  private static final String INSERT = "insert into t (id) values (?)";

  private Database database;

  @BeforeEach
  void createTable(Database database) {
    this.database = database;
    new JdbcTemplate(database.dataSource()).execute("create table t (id int primary key)");
  }

  private List<Integer> rows() {
    return new JdbcTemplate(database.dataSource())
        .queryForList("select id from t order by id", Integer.class);
  }

  /** The pool as a user may configure it, and what is asked of its connections. */
  private static final class Pool extends DelegatingDataSource {

    private final int isolation;
    private boolean autoCommit;
    private final List<String> ends = new ArrayList<>();
    private boolean away;

    Pool(DataSource pool, int isolation, boolean autoCommit) {
      super(pool);
      this.isolation = isolation;
      this.autoCommit = autoCommit;
    }

    @Override
    public Connection getConnection() throws SQLException {
      if (away) {
        throw new SQLNonTransientConnectionException("away (simulated)", "08001");
      }
      Connection connection = super.getConnection();
      connection.setTransactionIsolation(isolation);
      connection.setAutoCommit(autoCommit);
      return (Connection)
          Proxy.newProxyInstance(
              getClass().getClassLoader(),
              new Class<?>[] {Connection.class},
              (self, method, arguments) -> call(connection, method, arguments));
    }

    private Object call(Connection connection, Method method, Object[] arguments) throws Throwable {
      if (method.getName().equals("commit") || method.getName().equals("setAutoCommit")) {
        ends.add(method.getName());
      }
      try {
        return method.invoke(connection, arguments);
      } catch (InvocationTargetException e) {
        throw e.getCause();
      }
    }
  }

  private Pool pool(int isolation, boolean autoCommit) {
    return new Pool(database.dataSource(), isolation, autoCommit);
  }

  private Pool readCommitted() {
    return pool(Connection.TRANSACTION_READ_COMMITTED, true);
  }

  private static SpringLocalTransactions on(DataSource pool) {
    return new SpringLocalTransactions(new JdbcTransactionManager(pool), pool);
  }

  /** On MariaDB it is: there a commit may wait for another server as well. */
  @EveryDatabase
  void aConnectionThatCommitsByItselfIsNotAskedToCommit(TestDatabase kind) {
    Pool pool = readCommitted();
    assertThat(on(pool).alone(LIMIT, () -> new JdbcTemplate(pool).update(INSERT, 1))).isEqualTo(1);
    assertThat(rows()).containsExactly(1);
    assertThat(pool.ends.contains("commit")).isEqualTo(kind == TestDatabase.MARIADB);
  }

  /** A pool may lend connections that differ. */
  @EveryDatabase
  void aConnectionThatDoesNotCommitByItselfIsAskedToThoughTheFirstOneDid() {
    Pool pool = readCommitted();
    SpringLocalTransactions local = on(pool);
    pool.autoCommit = false;
    local.alone(LIMIT, () -> new JdbcTemplate(pool).update(INSERT, 1));
    assertThat(rows()).containsExactly(1);
  }

  @EveryDatabase
  void otherConnectionsAreAskedTo() {
    Pool manual = pool(Connection.TRANSACTION_READ_COMMITTED, false);
    Pool stricter = pool(Connection.TRANSACTION_REPEATABLE_READ, true);
    on(manual).alone(LIMIT, () -> new JdbcTemplate(manual).update(INSERT, 1));
    on(stricter).alone(LIMIT, () -> new JdbcTemplate(stricter).update(INSERT, 2));
    assertThat(rows()).containsExactly(1, 2);
    assertThat(manual.ends).contains("commit");
    assertThat(stricter.ends).contains("commit");
  }

  @EveryDatabase
  void itStandsThoughTheLocalTransactionAroundItIsRolledBack() {
    Pool pool = readCommitted();
    SpringLocalTransactions local = on(pool);
    JdbcTemplate sql = new JdbcTemplate(pool);
    assertThatThrownBy(
            () ->
                local.separate(
                    LIMIT,
                    () -> {
                      sql.update(INSERT, 1);
                      local.alone(LIMIT, () -> sql.update(INSERT, 2));
                      sql.update(INSERT, 3);
                      throw new IllegalStateException("roll back");
                    }))
        .hasMessage("roll back");
    assertThat(rows()).containsExactly(2);
    assertThat(TransactionSynchronizationManager.getResourceMap()).isEmpty();
  }

  /** Such as a method that supports transactions and has none: Spring binds a connection there. */
  @EveryDatabase
  void itStandsInAScopeThatHasAConnectionAndNoTransaction() {
    Pool pool = readCommitted();
    SpringLocalTransactions local = on(pool);
    JdbcTemplate sql = new JdbcTemplate(pool);
    TransactionTemplate scope = new TransactionTemplate(new JdbcTransactionManager(pool));
    scope.setPropagationBehavior(TransactionDefinition.PROPAGATION_SUPPORTS);
    scope.executeWithoutResult(
        status -> {
          sql.update(INSERT, 1);
          local.alone(LIMIT, () -> sql.update(INSERT, 2));
          sql.update(INSERT, 3);
        });
    assertThat(rows()).containsExactly(1, 2, 3);
    assertThat(TransactionSynchronizationManager.getResourceMap()).isEmpty();
  }

  @EveryDatabase
  void itsWaitIsBounded() {
    Pool pool = readCommitted();
    SpringLocalTransactions local = on(pool);
    JdbcTemplate sql = new JdbcTemplate(pool);
    local.separate(
        LIMIT,
        () -> {
          sql.update(INSERT, 1);
          CompletableFuture<Integer> waiting =
              CompletableFuture.supplyAsync(
                  () -> local.alone(LIMIT, () -> sql.update(INSERT, 1)),
                  task -> new Thread(task).start());
          assertThat(waiting).failsWithin(Duration.ofMinutes(1));
          return true;
        });
    assertThat(rows()).containsExactly(1);
  }

  /** Where it was asked to commit, it is known: it was not. */
  @EveryDatabase
  void whetherItIsDurableIsUnknownWhenItFails(TestDatabase kind) {
    Pool pool = readCommitted();
    SpringLocalTransactions local = on(pool);
    JdbcTemplate sql = new JdbcTemplate(pool);
    local.alone(LIMIT, () -> sql.update(INSERT, 1));
    assertThatThrownBy(() -> local.alone(LIMIT, () -> sql.update(INSERT, 1)))
        .isInstanceOf(
            kind == TestDatabase.MARIADB
                ? DuplicateKeyException.class
                : LocalOutcomeUnknownException.class);
    assertThat(TransactionSynchronizationManager.getResourceMap()).isEmpty();
  }

  @EveryDatabase
  void whetherItIsDurableIsUnknownWhenItsAnswerIsLost() {
    CommitListener cut =
        new CommitListener() {
          @Override
          public void afterCommit(Commit commit) throws SQLException {
            throw new SQLNonTransientConnectionException("answer lost (simulated)", "08006");
          }
        };
    DataSource losing = new CountingDataSource(readCommitted(), cut);
    assertThatThrownBy(
            () -> on(losing).alone(LIMIT, () -> new JdbcTemplate(losing).update(INSERT, 1)))
        .isInstanceOf(LocalOutcomeUnknownException.class);
    assertThat(rows()).containsExactly(1);
  }

  @EveryDatabase
  void withoutAConnectionNothingIsUnknown() {
    Pool pool = readCommitted();
    SpringLocalTransactions local = on(pool);
    pool.away = true;
    assertThatThrownBy(() -> local.alone(LIMIT, () -> new JdbcTemplate(pool).update(INSERT, 1)))
        .isNotInstanceOf(LocalOutcomeUnknownException.class)
        .hasStackTraceContaining("away (simulated)");
    assertThat(rows()).isEmpty();
  }
}
