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
    config.setConnectionTimeout(5_000);
    config.setInitializationFailTimeout(-1);
    HikariDataSource pool = new HikariDataSource(config);
    return new PreparingPool(database.kind(), counting, pool, new BranchDataSource(pool));
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
