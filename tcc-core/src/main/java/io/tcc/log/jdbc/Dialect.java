package io.tcc.log.jdbc;

import static io.tcc.log.jdbc.Times.column;

import java.time.Instant;
import java.time.ZoneOffset;
import java.util.Collection;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import javax.sql.DataSource;
import org.springframework.jdbc.core.JdbcTemplate;
import org.springframework.jdbc.support.JdbcUtils;
import org.springframework.jdbc.support.MetaDataAccessException;

/** What differs between the databases: the DDL file, the clock, and what happens at a conflict. */
enum Dialect {
  // Told to lock rows, H2 takes and sorts all that match, whatever the limit.
  H2("h2", "select current_timestamp at time zone 'UTC'", "current_timestamp < ?", "", ""),
  // A failed statement would abort the whole local transaction there.
  POSTGRESQL(
      "postgresql",
      "select clock_timestamp() at time zone 'UTC'",
      "clock_timestamp() < ?",
      " on conflict do nothing",
      " for update skip locked"),
  MYSQL("mysql", "select utc_timestamp(3)", "utc_timestamp(3) < ?", "", " for update skip locked");

  private final String file;
  private final String nowQuery;
  private final String beforeCondition;
  private final String orNothing;
  private final String skipLocked;

  Dialect(
      String file, String nowQuery, String beforeCondition, String orNothing, String skipLocked) {
    this.file = file;
    this.nowQuery = nowQuery;
    this.beforeCondition = beforeCondition;
    this.orNothing = orNothing;
    this.skipLocked = skipLocked;
  }

  /** Name of the DDL file without its ending. */
  String file() {
    return file;
  }

  /** A query for the database's time in UTC. */
  String nowQuery() {
    return nowQuery;
  }

  /** A condition that the database's time is before {@link #time}. */
  String beforeCondition() {
    return beforeCondition;
  }

  /** An instant as {@link #beforeCondition} compares it, whatever the time zone of the session. */
  Object time(Instant instant) {
    return this == MYSQL ? column(instant) : instant.atOffset(ZoneOffset.UTC);
  }

  /**
   * A condition on a column that is null where nothing is due: up to a time. Without a beginning H2
   * would read all nulls first; PostgreSQL would take one for a sign that there are few such rows.
   */
  String upTo() {
    return this == H2 ? "between timestamp '1970-01-01 00:00:00' and ?" : "<= ?";
  }

  /** Appended to an insert so that a duplicate key counts no row instead of failing. */
  String orNothing() {
    return orNothing;
  }

  /**
   * Appended to a query for rows that are to be changed, so that those which another instance is
   * changing are left to it. Whether a row was won, the change itself decides.
   */
  String skipLocked() {
    return skipLocked;
  }

  /**
   * Has the rest of the local transaction look rows up by their ids. PostgreSQL plans a statement
   * for the size that its table has at that time, and keeps the plan until it counts the rows anew:
   * a table that was small when it was planned would be read whole, however it has grown.
   */
  void lookUpByIds(JdbcTemplate jdbc) {
    if (this == POSTGRESQL) {
      jdbc.execute("set local enable_seqscan = off");
    }
  }

  /**
   * Has the local transaction commit without waiting for the disk: for what costs a repetition, and
   * nothing more, if a crash of the database takes it back. PostgreSQL alone can do so.
   */
  void commitWithoutWaiting(JdbcTemplate jdbc) {
    if (this == POSTGRESQL) {
      jdbc.execute("set local synchronous_commit = off");
    }
  }

  /**
   * Whether a commit waits for no other server. Where it does, a statement that commits by itself
   * must not be bounded: PostgreSQL answers the end of the wait with success, though the other
   * server may not have the change.
   */
  boolean commitsHereAlone(JdbcTemplate jdbc) {
    return switch (this) {
      case H2 -> true;
      case POSTGRESQL ->
          "".equals(jdbc.queryForObject("show synchronous_standby_names", String.class));
      case MYSQL -> false;
    };
  }

  /**
   * A condition that a column holds one of so many ids; see {@link #lookUpByIds}. PostgreSQL gets
   * them as one parameter, and is not told how many they are, so that it need not plan anew for
   * each number.
   */
  String isAmong(String column, int count) {
    return this == POSTGRESQL
        ? column + " = any (array(select unnest(cast(? as char(32)[]))))"
        : column + " in (" + marks(count) + ")";
  }

  /** The values of that condition's parameters. */
  Collection<String> among(Collection<String> ids) {
    return this == POSTGRESQL ? List.of("{" + String.join(",", ids) + "}") : ids;
  }

  /** So many parameters, separated by commas. */
  static String marks(int count) {
    return String.join(", ", Collections.nCopies(count, "?"));
  }

  /**
   * The dialect of a database.
   *
   * @throws IllegalStateException if the database is none of the supported ones
   */
  static Dialect of(DataSource dataSource) {
    String product;
    try {
      product =
          JdbcUtils.extractDatabaseMetaData(dataSource, meta -> meta.getDatabaseProductName());
    } catch (MetaDataAccessException e) {
      throw new IllegalStateException(
          "The database that is to hold the transaction log does not answer: " + e.getMessage(), e);
    }
    return switch (product.toLowerCase(Locale.ROOT)) {
      case "h2" -> H2;
      case "postgresql" -> POSTGRESQL;
      case "mariadb", "mysql" -> MYSQL;
      default ->
          throw new IllegalStateException(
              "The transaction log runs on H2, PostgreSQL, MariaDB and MySQL, not on " + product);
    };
  }
}
