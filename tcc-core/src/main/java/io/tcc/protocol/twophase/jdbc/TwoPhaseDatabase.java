package io.tcc.protocol.twophase.jdbc;

import io.tcc.log.LocalTransactions;
import io.tcc.protocol.twophase.jdbc.PreparingDatabase.End;
import io.tcc.transaction.CallPath;
import io.tcc.transaction.Outcome;
import io.tcc.transaction.Site;
import io.tcc.transaction.Xid;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;

/** A database of this service in which branches are prepared. */
public final class TwoPhaseDatabase {

  private final String name;
  private final BranchDataSource dataSource;
  private final PreparingDatabase preparing;
  private final VoteRows votes;
  private final Eviction eviction;
  private final LocalTransactions local;
  private final boolean holdsLog;
  private final Map<String, Connection> kept = new ConcurrentHashMap<>();
  private final Map<Site, String> owners = new ConcurrentHashMap<>();

  /**
   * @param name of the DataSource in this service; part of the names of prepared branches
   * @param product as the driver tells it
   * @param table of the votes
   * @param local transactions of the manager of that DataSource
   * @param holdsLog whether it is the one that holds the transaction log
   * @throws IllegalArgumentException if the product cannot prepare
   */
  public TwoPhaseDatabase(
      String name,
      BranchDataSource dataSource,
      String product,
      String table,
      Eviction eviction,
      LocalTransactions local,
      boolean holdsLog) {
    this.name = name;
    this.dataSource = dataSource;
    this.preparing = preparing(product, table);
    this.votes = preparing.votes(table);
    this.eviction = eviction;
    this.local = local;
    this.holdsLog = holdsLog;
  }

  private static PreparingDatabase preparing(String product, String table) {
    return switch (product.toLowerCase(Locale.ROOT)) {
      case "h2" -> new H2Database(table);
      case "postgresql" -> new PostgresDatabase(table);
      case "mariadb", "mysql" -> new MySqlDatabase();
      default ->
          throw new IllegalArgumentException(
              "Branches are prepared by H2, PostgreSQL, MariaDB and MySQL, not by " + product);
    };
  }

  public String name() {
    return name;
  }

  /** Whether a session that has prepared is lost for the pool, which has to allow for that. */
  public boolean takesSessions() {
    return preparing.session() != PreparingDatabase.Session.FREE;
  }

  /**
   * Looks whether branches can be prepared.
   *
   * @return what to change; nothing if they can
   * @throws SQLException if the database does not answer, or has no table of votes
   */
  public Optional<String> obstacle() throws SQLException {
    try (Connection connection = autonomous()) {
      votes.probe(connection);
      return preparing.obstacle(connection);
    }
  }

  BranchDataSource dataSource() {
    return dataSource;
  }

  PreparingDatabase preparing() {
    return preparing;
  }

  LocalTransactions local() {
    return local;
  }

  boolean holdsLog() {
    return holdsLog;
  }

  /** A connection of the pool, whatever branch the thread works in. */
  Connection pooled() throws SQLException {
    return dataSource.pool().getConnection();
  }

  VoteRows.Vote vote(Gid gid, Instant at, Duration limit) {
    return votes.vote(gid, name, at, limit);
  }

  /** Ends the session of a connection. Does not throw: a session that is gone has ended. */
  void end(Connection pooled) {
    try {
      pooled.unwrap(Connection.class).close();
    } catch (SQLException e) {
      // It was cut off already.
    }
    eviction.evict(pooled);
    try {
      pooled.close();
    } catch (SQLException e) {
      // As is to be expected of a session that has ended.
    }
  }

  String owner(Site here) {
    return owners.computeIfAbsent(here, each -> Gid.owner(each, name));
  }

  /** What is prepared here under names that begin with a prefix. */
  List<Gid> inDoubt(String prefix) throws SQLException {
    try (Connection connection = autonomous()) {
      List<String> before = List.copyOf(kept.keySet());
      List<String> prepared = preparing.inDoubt(connection, prefix);
      dropKept(before, prefix, prepared);
      return prepared.stream().map(Gid::parse).flatMap(Optional::stream).toList();
    }
  }

  /** Keeps the session that has prepared until that is ended. */
  void keep(String gid, Connection pooled) {
    kept.put(gid, pooled);
  }

  /** Ends the kept sessions of what others have ended. */
  private void dropKept(List<String> before, String prefix, List<String> prepared) {
    for (String gid : before) {
      if (gid.startsWith(prefix) && !prepared.contains(gid)) {
        Connection session = kept.remove(gid);
        if (session != null) {
          end(session);
        }
      }
    }
  }

  End end(Gid gid, Outcome outcome) throws SQLException {
    Connection session = kept.remove(gid.text());
    if (session != null) {
      try {
        preparing.endOwn(session, gid.text(), outcome);
        return End.DONE;
      } catch (SQLException e) {
        // Others have ended it, or the session is gone: the list tells.
        return End.NOT_FOUND;
      } finally {
        end(session);
      }
    }
    try (Connection connection = autonomous()) {
      return preparing.end(connection, gid.text(), outcome);
    }
  }

  Map<CallPath, VoteRows.State> votes(Xid xid) throws SQLException {
    try (Connection connection = autonomous()) {
      return votes.of(connection, xid);
    }
  }

  /** Writes a tombstone, unless there is a vote; false if there is. Waits for one in flight. */
  boolean refuse(Xid xid, CallPath path, Instant at, Duration limit) throws SQLException {
    try (Connection connection = autonomous()) {
      votes.refuse(connection, xid, path, name, at, limit);
      return true;
    } catch (SQLException e) {
      if (preparing.isDuplicate(e)) {
        return false;
      }
      throw e;
    }
  }

  int purge(Instant before, int limit) throws SQLException {
    try (Connection connection = autonomous()) {
      return votes.purge(connection, before, limit);
    }
  }

  private Connection autonomous() throws SQLException {
    Connection connection = pooled();
    try {
      if (!connection.getAutoCommit()) {
        connection.setAutoCommit(true);
      }
      return connection;
    } catch (SQLException e) {
      connection.close();
      throw e;
    }
  }

  @Override
  public String toString() {
    return name;
  }
}
