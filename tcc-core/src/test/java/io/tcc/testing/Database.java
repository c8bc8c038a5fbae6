package io.tcc.testing;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import java.util.ArrayList;
import java.util.List;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;

/**
 * One database of its own, empty at birth and gone after {@link #close()}. Its address is open, so
 * that another process can connect as well.
 */
public final class Database implements AutoCloseable {

  private static final int POOL_SIZE = 8;
  private static final long CONNECTION_TIMEOUT_MS = 5_000;

  private final TestDatabase kind;
  private final Address address;
  private final Runnable drop;
  private final List<HikariDataSource> pools = new ArrayList<>();
  private @Nullable DataSource dataSource;
  private boolean closed;

  /** How to reach it. */
  record Address(String jdbcUrl, String user, String password) {}

  Database(TestDatabase kind, Address address, Runnable drop) {
    this.kind = kind;
    this.address = address;
    this.drop = drop;
  }

  public TestDatabase kind() {
    return kind;
  }

  public String jdbcUrl() {
    return address.jdbcUrl();
  }

  public String user() {
    return address.user();
  }

  public String password() {
    return address.password();
  }

  /** The database's pool of at most 8 connections: always the same one. */
  public synchronized DataSource dataSource() {
    if (dataSource == null) {
      dataSource = newDataSource(POOL_SIZE);
    }
    return dataSource;
  }

  /**
   * A further pool of its own, closed with the database; it opens connections as they are needed. A
   * caller waits 5 seconds at most for a connection.
   *
   * @param poolSize the most connections it holds, at least 1
   */
  public synchronized HikariDataSource newDataSource(int poolSize) {
    if (closed) {
      throw new IllegalStateException(this + " is closed");
    }
    HikariConfig config = new HikariConfig();
    config.setJdbcUrl(jdbcUrl());
    config.setUsername(user());
    config.setPassword(password());
    config.setMaximumPoolSize(poolSize);
    config.setMinimumIdle(1);
    config.setConnectionTimeout(CONNECTION_TIMEOUT_MS);
    HikariDataSource pool = new HikariDataSource(config);
    pools.add(pool);
    return pool;
  }

  /** Closes its pools and drops it with all it holds. A second call does nothing. */
  @Override
  public void close() {
    synchronized (this) {
      if (closed) {
        return;
      }
      closed = true;
      pools.forEach(HikariDataSource::close);
    }
    drop.run();
  }

  /** Replaces pooled connections, which a killed server has left dead. */
  synchronized void forgetConnections() {
    if (!closed) {
      pools.stream()
          .filter(pool -> !pool.isClosed())
          .forEach(pool -> pool.getHikariPoolMXBean().softEvictConnections());
    }
  }

  @Override
  public String toString() {
    return kind + " " + jdbcUrl();
  }
}
