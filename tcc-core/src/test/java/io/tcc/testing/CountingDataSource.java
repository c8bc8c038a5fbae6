package io.tcc.testing;

import com.zaxxer.hikari.HikariDataSource;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.SQLNonTransientConnectionException;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Collectors;
import javax.sql.DataSource;
import org.springframework.jdbc.datasource.DelegatingDataSource;

/**
 * Counts how often the code behind it makes the database write durably, and tells what each time.
 *
 * <p>A commit is durable if its transaction changed at least one row or the schema: {@code
 * commit()}, the end of a transaction by {@code setAutoCommit(true)}, a single statement under
 * autocommit, or the same said in SQL ({@code COMMIT}, {@code PREPARE TRANSACTION}, {@code COMMIT
 * PREPARED}, {@code XA …}). A rollback is none, nor is a statement that met no row. A batch under
 * autocommit counts once.
 *
 * <p>Limits: a {@code SELECT} that calls a writing function is taken for reading, and what runs on
 * an unwrapped connection is not seen.
 */
public final class CountingDataSource extends DelegatingDataSource {

  private final List<CommitListener> listeners;
  private final Set<CountingConnection> open = ConcurrentHashMap.newKeySet();
  private final List<Commit> durable = new ArrayList<>();
  private int begun;
  private int readOnly;
  private volatile boolean crashed;

  /** Counts from 0; the listeners are asked in their order. */
  public CountingDataSource(DataSource target, CommitListener... listeners) {
    super(target);
    this.listeners = List.of(listeners);
  }

  /** The durable commits so far, in their order. */
  public synchronized List<Commit> durableCommits() {
    return List.copyOf(durable);
  }

  /** How many commits were asked for whose transaction had written nothing. */
  public synchronized int readOnlyCommits() {
    return readOnly;
  }

  /** Counts from 0 again. */
  public synchronized void reset() {
    durable.clear();
    begun = 0;
    readOnly = 0;
  }

  /**
   * The process that uses it is dead: open transactions are rolled back, and every further use
   * fails, apart from closing and rolling back, which do nothing. The database, and other data
   * sources on it, live on.
   */
  public void crash() {
    crashed = true;
    // The idle ones first: the busy ones may be waiting for their locks.
    open.stream().filter(connection -> !connection.isBusy()).forEach(CountingConnection::end);
    open.forEach(CountingConnection::cut);
  }

  /** Whether {@link #crash()} was called. */
  public boolean hasCrashed() {
    return crashed;
  }

  @Override
  public Connection getConnection() throws SQLException {
    refuseIfCrashed();
    return counting(super.getConnection());
  }

  @Override
  public Connection getConnection(String username, String password) throws SQLException {
    refuseIfCrashed();
    return counting(super.getConnection(username, password));
  }

  /** What was counted, one durable commit a line. */
  @Override
  public synchronized String toString() {
    return "%d durable commits, %d read-only%n%s"
        .formatted(
            durable.size(),
            readOnly,
            durable.stream().map(commit -> "  " + commit).collect(Collectors.joining("\n")));
  }

  void refuseIfCrashed() throws SQLException {
    if (crashed) {
      throw new SQLNonTransientConnectionException("the process has crashed (simulated)", "08003");
    }
  }

  synchronized Commit begin(List<String> statements) {
    return new Commit(++begun, statements);
  }

  synchronized void record(Commit commit) {
    durable.add(commit);
  }

  synchronized void recordReadOnly() {
    readOnly++;
  }

  void announce(Commit commit) throws SQLException {
    for (CommitListener listener : listeners) {
      listener.beforeCommit(commit);
    }
  }

  void confirm(Commit commit) throws SQLException {
    for (CommitListener listener : listeners) {
      listener.afterCommit(commit);
    }
  }

  void forget(CountingConnection connection) {
    open.remove(connection);
  }

  /** Keeps a pool from lending out a connection that was cut. */
  void evict(Connection connection) throws SQLException {
    DataSource target = obtainTargetDataSource();
    if (target.isWrapperFor(HikariDataSource.class)) {
      target.unwrap(HikariDataSource.class).evictConnection(connection);
    }
  }

  private Connection counting(Connection driver) throws SQLException {
    CountingConnection connection = new CountingConnection(this, driver);
    open.add(connection);
    if (crashed) {
      connection.end();
    }
    refuseIfCrashed();
    return connection.proxy();
  }
}
