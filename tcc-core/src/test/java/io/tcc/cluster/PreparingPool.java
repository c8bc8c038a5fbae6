package io.tcc.cluster;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import io.tcc.log.jdbc.SpringLocalTransactions;
import io.tcc.protocol.twophase.jdbc.BranchDataSource;
import io.tcc.protocol.twophase.jdbc.TwoPhaseDatabase;
import io.tcc.testing.CommitListener;
import io.tcc.testing.CountingDataSource;
import io.tcc.testing.Database;
import io.tcc.testing.TestDatabase;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.SQLNonTransientConnectionException;
import javax.sql.DataSource;
import org.springframework.jdbc.datasource.DelegatingDataSource;
import org.springframework.jdbc.datasource.DriverManagerDataSource;
import org.springframework.transaction.PlatformTransactionManager;

/**
 * A process's pool of connections to a database that takes part in two-phase commit. What is done
 * is counted below the pool, where sessions begin and end.
 */
public record PreparingPool(
    TestDatabase kind,
    CountingDataSource counting,
    HikariDataSource pool,
    BranchDataSource dataSource) {

  static PreparingPool to(Database database, int size, CommitListener... listeners) {
    CountingDataSource counting =
        new CountingDataSource(
            new DriverManagerDataSource(database.jdbcUrl(), database.user(), database.password()),
            listeners);
    HikariConfig config = new HikariConfig();
    config.setDataSource(counting);
    config.setMaximumPoolSize(size);
    config.setMinimumIdle(0);
    config.setConnectionTimeout(3_000);
    config.setInitializationFailTimeout(-1);
    HikariDataSource pool = new HikariDataSource(config);
    return new PreparingPool(
        database.kind(), counting, pool, new BranchDataSource(whileAlive(pool, counting)));
  }

  /** A pool makes whoever asks wait for a connection; the dead ask in vain, and at once. */
  private static DataSource whileAlive(DataSource pool, CountingDataSource counting) {
    return new DelegatingDataSource(pool) {
      @Override
      public Connection getConnection() throws SQLException {
        if (counting.hasCrashed()) {
          throw new SQLNonTransientConnectionException("the process is dead (simulated)", "08003");
        }
        return super.getConnection();
      }
    };
  }

  TwoPhaseDatabase database(String name, PlatformTransactionManager manager, boolean holdsLog) {
    return new TwoPhaseDatabase(
        name,
        dataSource,
        kind.name(),
        "tcc_vote",
        pool::evictConnection,
        new SpringLocalTransactions(manager, dataSource),
        holdsLog);
  }
}
