package io.tcc.testing;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
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

  /** How long a caller waits for a connection if nothing else is said. */
  public static final Duration CONNECTION_TIMEOUT = Duration.ofSeconds(30);

  private static final Duration RETURNS_WITHIN = Duration.ofSeconds(60);

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
   * caller waits 30 seconds at most for a connection.
   *
   * @param poolSize the most connections it holds, at least 1
   */
  public HikariDataSource newDataSource(int poolSize) {
    return newDataSource(poolSize, CONNECTION_TIMEOUT);
  }

  /**
   * As {@link #newDataSource(int)}.
   *
   * @param wait how long a caller waits for a connection at most, for good: a pool that runs does
   *     not learn of another time; also the longest pause between two attempts to connect
   */
  public synchronized HikariDataSource newDataSource(int poolSize, Duration wait) {
    if (closed) {
      throw new IllegalStateException(this + " is closed");
    }
    HikariConfig config = new HikariConfig();
    config.setJdbcUrl(jdbcUrl());
    config.setUsername(user());
    config.setPassword(password());
    config.setMaximumPoolSize(poolSize);
    config.setMinimumIdle(1);
    config.setConnectionTimeout(wait.toMillis());
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

  /** Replaces pooled connections, which a killed server has left dead; returns when it is done. */
  synchronized void forgetConnections() {
    if (!closed) {
      List<HikariDataSource> open = pools.stream().filter(pool -> !pool.isClosed()).toList();
      open.forEach(pool -> pool.getHikariPoolMXBean().softEvictConnections());
      open.forEach(Database::awaitConnection);
    }
  }

  /**
   * After each failed attempt to connect, a pool pauses longer than before, up to 5 seconds: who
   * asks it for a connection as soon as the server is back may still wait in vain.
   */
  private static void awaitConnection(HikariDataSource pool) {
    if (pool.getHikariPoolMXBean().getActiveConnections() == pool.getMaximumPoolSize()) {
      return; // The test holds all of them.
    }
    long deadline = System.nanoTime() + RETURNS_WITHIN.toNanos();
    while (!connects(pool)) {
      if (System.nanoTime() > deadline) {
        throw new IllegalStateException("%s does not connect again".formatted(pool));
      }
    }
  }

  /** Waits for a connection as long as the pool does. */
  private static boolean connects(HikariDataSource pool) {
    try (Connection connection = pool.getConnection()) {
      return connection.isValid(0);
    } catch (SQLException notYet) {
      return false;
    }
  }

  @Override
  public String toString() {
    return kind + " " + jdbcUrl();
  }
}
