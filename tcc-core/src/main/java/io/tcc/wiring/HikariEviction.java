package io.tcc.wiring;

import com.zaxxer.hikari.HikariDataSource;
import io.tcc.protocol.twophase.jdbc.Eviction;
import java.sql.Connection;
import java.util.Optional;
import javax.sql.DataSource;

/** Takes connections out of a HikariCP pool. */
final class HikariEviction implements Eviction {

  private final HikariDataSource pool;

  private HikariEviction(HikariDataSource pool) {
    this.pool = pool;
  }

  /** For a pool; nothing if it is another one's. */
  static Optional<Eviction> of(DataSource pool) {
    // What wraps the pool may wrap its connections, and the pool would not know them again.
    return pool instanceof HikariDataSource hikari
        ? Optional.of(new HikariEviction(hikari))
        : Optional.empty();
  }

  @Override
  public void evict(Connection pooled) {
    pool.evictConnection(pooled);
  }
}
