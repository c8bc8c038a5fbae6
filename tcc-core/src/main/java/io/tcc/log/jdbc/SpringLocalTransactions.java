package io.tcc.log.jdbc;

import io.tcc.log.LocalOutcomeUnknownException;
import io.tcc.log.LocalSettings;
import io.tcc.log.LocalTransactions;
import io.tcc.transaction.Work;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.Objects;
import java.util.function.Supplier;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;
import org.springframework.dao.PessimisticLockingFailureException;
import org.springframework.jdbc.CannotGetJdbcConnectionException;
import org.springframework.jdbc.core.JdbcTemplate;
import org.springframework.jdbc.datasource.ConnectionHolder;
import org.springframework.jdbc.datasource.DataSourceUtils;
import org.springframework.jdbc.support.JdbcUtils;
import org.springframework.transaction.PlatformTransactionManager;
import org.springframework.transaction.TransactionDefinition;
import org.springframework.transaction.TransactionStatus;
import org.springframework.transaction.UnexpectedRollbackException;
import org.springframework.transaction.support.DefaultTransactionDefinition;
import org.springframework.transaction.support.TransactionSynchronization;
import org.springframework.transaction.support.TransactionSynchronizationManager;

/** Local transactions of Spring's transaction manager for the log's {@code DataSource}. */
public final class SpringLocalTransactions implements LocalTransactions {

  /** How often the library's own work is tried that the database refuses as a deadlock's victim. */
  private static final int DEADLOCK_ATTEMPTS = 5;

  private static final String NO_CONNECTION = "No connection to the log's database";

  private final PlatformTransactionManager manager;
  private final DataSource dataSource;
  private final int readCommitted;
  private final boolean mayLeaveCommitsToStatements;

  /**
   * @param dataSource that holds the log
   * @throws WrongTransactionManagerException if the manager is another DataSource's
   */
  public SpringLocalTransactions(PlatformTransactionManager manager, DataSource dataSource) {
    this.manager = manager;
    this.dataSource = ManagedDataSource.require(manager, dataSource);
    JdbcTemplate jdbc = new JdbcTemplate(dataSource);
    int level = Objects.requireNonNull(jdbc.execute(Connection::getTransactionIsolation));
    boolean byThePool = level == Connection.TRANSACTION_READ_COMMITTED;
    // Asking for it costs three round trips: to look, to set and to set back.
    this.readCommitted =
        byThePool
            ? TransactionDefinition.ISOLATION_DEFAULT
            : TransactionDefinition.ISOLATION_READ_COMMITTED;
    this.mayLeaveCommitsToStatements = byThePool && Dialect.of(dataSource).commitsHereAlone(jdbc);
  }

  @Override
  public <T extends @Nullable Object> T separate(Duration limit, Supplier<T> work) {
    return unlessDeadlocked(() -> onceSeparate(limit, work));
  }

  private <T extends @Nullable Object> T onceSeparate(Duration limit, Supplier<T> work) {
    return run(
        manager.getTransaction(definition(readCommitted, limit)),
        () -> {
          requireOurs();
          return work.get();
        });
  }

  @Override
  public <T extends @Nullable Object> T alone(Duration limit, Supplier<T> statement) {
    return unlessDeadlocked(() -> onceAlone(limit, statement));
  }

  private <T extends @Nullable Object> T onceAlone(Duration limit, Supplier<T> statement) {
    if (mayLeaveCommitsToStatements && !isInAScope()) {
      Connection connection = connection();
      try {
        if (connection.getAutoCommit()) {
          return onThis(connection, limit, statement);
        }
      } catch (SQLException e) {
        throw new CannotGetJdbcConnectionException(NO_CONNECTION, e);
      } finally {
        JdbcUtils.closeConnection(connection);
      }
    }
    return onceSeparate(limit, statement);
  }

  /**
   * A local transaction, or what is none and binds a connection too, would have to be suspended.
   */
  private boolean isInAScope() {
    return TransactionSynchronizationManager.isSynchronizationActive()
        || TransactionSynchronizationManager.hasResource(dataSource);
  }

  /** Binds a connection to the thread: Spring bounds the statements of no other. */
  private <T extends @Nullable Object> T onThis(
      Connection connection, Duration limit, Supplier<T> statement) {
    ConnectionHolder holder = new ConnectionHolder(connection);
    holder.setTimeoutInSeconds(seconds(limit));
    TransactionSynchronizationManager.bindResource(dataSource, holder);
    try {
      return statement.get();
    } catch (PessimisticLockingFailureException e) {
      throw e;
    } catch (RuntimeException e) {
      throw new LocalOutcomeUnknownException(
          "A statement that is a local transaction failed: " + e.getMessage(), e);
    } finally {
      TransactionSynchronizationManager.unbindResource(dataSource);
    }
  }

  private Connection connection() {
    try {
      return dataSource.getConnection();
    } catch (SQLException e) {
      throw new CannotGetJdbcConnectionException(NO_CONNECTION, e);
    }
  }

  private static <T extends @Nullable Object> T unlessDeadlocked(Supplier<T> attempt) {
    for (int n = 1; ; n++) {
      try {
        return attempt.get();
      } catch (PessimisticLockingFailureException e) {
        if (n == DEADLOCK_ATTEMPTS) {
          throw e;
        }
      }
    }
  }

  @Override
  public <T extends @Nullable Object, X extends Throwable> T around(
      LocalSettings settings, Runnable first, Work<T, X> work) throws X {
    TransactionDefinition definition = definition(settings.isolation(), settings.timeout());
    return run(begin(definition, first), work);
  }

  private TransactionStatus begin(TransactionDefinition definition, Runnable first) {
    return unlessDeadlocked(
        () -> {
          TransactionStatus status = manager.getTransaction(definition);
          try {
            requireOurs();
            first.run();
            // What an open session has changed before is part of it, and must not come after a
            // statement that is meant to be the last.
            status.flush();
            return status;
          } catch (RuntimeException | Error e) {
            rollback(status, e);
            throw e;
          }
        });
  }

  private <T extends @Nullable Object, X extends Throwable> T run(
      TransactionStatus status, Work<T, X> work) throws X {
    T result;
    try {
      result = work.run();
      if (status.isRollbackOnly()) {
        throw new UnexpectedRollbackException(
            "The local transaction was marked rollback-only before its end");
      }
    } catch (Throwable e) {
      rollback(status, e);
      throw e;
    }
    commit(status);
    return result;
  }

  private void commit(TransactionStatus status) {
    try {
      manager.commit(status);
    } catch (RuntimeException | Error e) {
      throw new LocalOutcomeUnknownException(
          "The commit of a local transaction failed: " + e.getMessage(), e);
    }
  }

  private void rollback(TransactionStatus status, Throwable cause) {
    try {
      manager.rollback(status);
    } catch (RuntimeException | Error e) {
      if (cause instanceof LocalOutcomeUnknownException unknown) {
        unknown.addSuppressed(e);
        throw unknown;
      }
      e.addSuppressed(cause);
      throw new LocalOutcomeUnknownException(
          "The rollback of a local transaction failed: " + e.getMessage(), e);
    }
  }

  private static DefaultTransactionDefinition definition(int isolation, Duration limit) {
    DefaultTransactionDefinition definition =
        new DefaultTransactionDefinition(TransactionDefinition.PROPAGATION_REQUIRES_NEW);
    definition.setIsolationLevel(isolation);
    definition.setTimeout(seconds(limit));
    return definition;
  }

  private static int seconds(Duration limit) {
    return (int) Math.min(3600, Math.max(1, limit.plusMillis(999).toSeconds()));
  }

  @Override
  public boolean active() {
    return TransactionSynchronizationManager.isActualTransactionActive();
  }

  @Override
  public void requireOurs() {
    if (!TransactionSynchronizationManager.hasResource(dataSource)) {
      throw new IllegalStateException(
          "The transaction manager "
              + manager.getClass().getName()
              + " does not manage the DataSource that holds the transaction log ("
              + dataSource
              + "): a branch row and its business change would commit apart");
    }
  }

  @Override
  public void takeConnection() {
    Connection connection = DataSourceUtils.getConnection(dataSource);
    try {
      // A proxy that puts it off takes it for this.
      connection.getMetaData();
    } catch (SQLException e) {
      throw new CannotGetJdbcConnectionException(NO_CONNECTION, e);
    } finally {
      DataSourceUtils.releaseConnection(connection, dataSource);
    }
  }

  @Override
  public <T extends @Nullable Object, X extends Throwable> T joined(Work<T, X> work) throws X {
    requireOurs();
    return run(
        manager.getTransaction(
            new DefaultTransactionDefinition(TransactionDefinition.PROPAGATION_MANDATORY)),
        work);
  }

  @Override
  public Object current() {
    Object connection = TransactionSynchronizationManager.getResource(dataSource);
    if (connection == null || !active()) {
      requireOurs();
      throw new IllegalStateException("No local transaction is active");
    }
    return connection;
  }

  @Override
  public void whenEnded(Runnable hint) {
    if (!TransactionSynchronizationManager.isSynchronizationActive()) {
      hint.run();
      return;
    }
    TransactionSynchronizationManager.registerSynchronization(
        new TransactionSynchronization() {
          @Override
          public void afterCompletion(int status) {
            hint.run();
          }
        });
  }
}
