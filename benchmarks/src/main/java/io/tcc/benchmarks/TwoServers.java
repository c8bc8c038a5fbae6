package io.tcc.benchmarks;

import com.zaxxer.hikari.HikariDataSource;
import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.io.IOException;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.concurrent.ThreadLocalRandom;
import javax.sql.DataSource;
import org.postgresql.xa.PGXADataSource;

/**
 * Two PostgreSQL servers that flush what they commit, with a table of accounts each; on the first
 * one also an empty database, for whoever keeps a log apart.
 */
final class TwoServers implements AutoCloseable {

  static final int ACCOUNTS = 10_000;

  private static final int POOL = 32;
  private static final String USER = "postgres";

  private final EmbeddedPostgres first = start();
  private final EmbeddedPostgres second = start();

  TwoServers() throws IOException, SQLException {
    try (Connection connection = first.getPostgresDatabase().getConnection();
        Statement statement = connection.createStatement()) {
      statement.execute("create database log");
    }
    for (EmbeddedPostgres each : new EmbeddedPostgres[] {first, second}) {
      try (Connection connection = each.getPostgresDatabase().getConnection();
          Statement statement = connection.createStatement()) {
        statement.execute("create table account (id int primary key, units int not null)");
        statement.execute(
            "insert into account select id, 1000000 from generate_series(0, %d) id"
                .formatted(ACCOUNTS - 1));
        // A decision by hand.
        statement.execute("create table decision (id varchar(40) primary key)");
      }
    }
    try (Connection connection = first.getDatabase(USER, "log").getConnection();
        Statement statement = connection.createStatement()) {
      statement.execute("create table decision (id varchar(40) primary key)");
    }
  }

  /** A random account; each server has it. */
  static int anyAccount() {
    return ThreadLocalRandom.current().nextInt(ACCOUNTS);
  }

  private static EmbeddedPostgres start() throws IOException {
    return FlushingPostgres.builder().setServerConfig("max_prepared_transactions", "100").start();
  }

  HikariDataSource left() {
    return pool(first.getJdbcUrl(USER, USER));
  }

  HikariDataSource right() {
    return pool(second.getJdbcUrl(USER, USER));
  }

  HikariDataSource log() {
    return pool(first.getJdbcUrl(USER, "log"));
  }

  PGXADataSource leftXa() {
    return xa(first.getJdbcUrl(USER, USER));
  }

  PGXADataSource rightXa() {
    return xa(second.getJdbcUrl(USER, USER));
  }

  private static HikariDataSource pool(String url) {
    HikariDataSource pool = new HikariDataSource();
    pool.setJdbcUrl(url);
    pool.setUsername(USER);
    pool.setMaximumPoolSize(POOL);
    return pool;
  }

  private static PGXADataSource xa(String url) {
    PGXADataSource dataSource = new PGXADataSource();
    dataSource.setUrl(url);
    dataSource.setUser(USER);
    return dataSource;
  }

  /**
   * That nothing is left prepared, and no unit is lost.
   *
   * @throws IllegalStateException if not
   */
  void check() throws SQLException {
    long units =
        number(first.getPostgresDatabase(), "select sum(units) from account")
            + number(second.getPostgresDatabase(), "select sum(units) from account");
    long prepared =
        number(first.getPostgresDatabase(), "select count(*) from pg_prepared_xacts")
            + number(second.getPostgresDatabase(), "select count(*) from pg_prepared_xacts");
    if (units != 2_000_000L * ACCOUNTS || prepared != 0) {
      throw new IllegalStateException(
          units + " units, and " + prepared + " transactions are left prepared");
    }
  }

  private static long number(DataSource database, String query) throws SQLException {
    try (Connection connection = database.getConnection();
        Statement statement = connection.createStatement();
        ResultSet row = statement.executeQuery(query)) {
      row.next();
      return row.getLong(1);
    }
  }

  @Override
  public void close() throws IOException {
    first.close();
    second.close();
  }
}
