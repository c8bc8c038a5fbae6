package io.tcc.protocol.twophase.jdbc;

import io.tcc.transaction.CallPath;
import io.tcc.transaction.Identifiers;
import io.tcc.transaction.Xid;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDateTime;
import java.time.ZoneOffset;
import java.util.Map;
import java.util.TreeMap;

/**
 * The votes in a participating database. YES is written inside the prepared branch, as {@code
 * COMMITTED}, so it is seen if and only if the branch is committed. NO is a tombstone under the
 * same key, {@code ABORTED}: the two meet on the key, and the first one stands.
 */
final class VoteRows {

  /** What a row says. */
  enum State {
    COMMITTED,
    ABORTED
  }

  /** A vote to be written. */
  record Vote(String sql, Xid xid, CallPath path, String database, Instant at, Duration limit) {

    /** When, as its column has it. */
    LocalDateTime createdAt() {
      return column(at);
    }

    /** Inserts it; false if the transaction is aborted already. */
    boolean insert(Connection connection) throws SQLException {
      try (PreparedStatement statement = connection.prepareStatement(sql)) {
        statement.setString(1, xid.value());
        statement.setString(2, path.value());
        statement.setString(3, database);
        statement.setObject(4, createdAt());
        statement.setString(5, xid.value());
        statement.setQueryTimeout(seconds(limit));
        return statement.executeUpdate() == 1;
      }
    }
  }

  private static final String YES =
      """
      insert into tcc_vote (xid, path, resource, state, created_at)
      select cast(? as $text), cast(? as $text), cast(? as $text), 'COMMITTED', cast(? as $time)
      from (select 1 as one) v
      where not exists (select 1 from tcc_vote a where a.xid = ? and a.state = 'ABORTED')""";

  private static final String NO =
      """
      insert into tcc_vote (xid, path, resource, state, created_at)
      values (?, ?, ?, 'ABORTED', ?)""";

  private static final String OF_TRANSACTION = "select path, state from tcc_vote where xid = ?";

  private static final String ONE = "select state from tcc_vote where xid = ? and path = ?";

  private static final String OLD =
      """
      select xid, path from tcc_vote where xid < ? and created_at < ? order by xid limit ?""";

  private static final String DELETE = "delete from tcc_vote where xid = ? and path = ?";

  private final String yes;
  private final String no;
  private final String ofTransaction;
  private final String one;
  private final String old;
  private final String delete;

  /**
   * @param table name of the table
   * @param text what a text is cast to
   * @param time what a time is cast to
   */
  VoteRows(String table, String text, String time) {
    this.yes = YES.replace("tcc_vote", table).replace("$text", text).replace("$time", time);
    this.no = NO.replace("tcc_vote", table);
    this.ofTransaction = OF_TRANSACTION.replace("tcc_vote", table);
    this.one = ONE.replace("tcc_vote", table);
    this.old = OLD.replace("tcc_vote", table);
    this.delete = DELETE.replace("tcc_vote", table);
  }

  Vote vote(Gid gid, String database, Instant at, Duration limit) {
    return new Vote(yes, gid.transaction().xid(), gid.path(), database, at, limit);
  }

  /** Inserts a tombstone; fails with a duplicate key, or waits, if there is a vote. */
  void refuse(
      Connection connection, Xid xid, CallPath path, String database, Instant at, Duration limit)
      throws SQLException {
    try (PreparedStatement statement = connection.prepareStatement(no)) {
      statement.setString(1, xid.value());
      statement.setString(2, path.value());
      statement.setString(3, database);
      statement.setObject(4, column(at));
      statement.setQueryTimeout(seconds(limit));
      statement.executeUpdate();
    }
  }

  /** What is committed or refused of a transaction. */
  Map<CallPath, State> of(Connection connection, Xid xid) throws SQLException {
    Map<CallPath, State> votes = new TreeMap<>();
    try (PreparedStatement statement = connection.prepareStatement(ofTransaction)) {
      statement.setString(1, xid.value());
      try (ResultSet rows = statement.executeQuery()) {
        while (rows.next()) {
          votes.put(new CallPath(rows.getString(1)), State.valueOf(rows.getString(2)));
        }
      }
    }
    return votes;
  }

  /**
   * Deletes votes older than an instant, of transactions that began before it, at most so many;
   * returns how many.
   */
  int purge(Connection connection, Instant before, int limit) throws SQLException {
    int deleted = 0;
    try (PreparedStatement select = connection.prepareStatement(old);
        PreparedStatement each = connection.prepareStatement(delete)) {
      select.setString(1, Identifiers.beginning(before));
      select.setObject(2, column(before));
      select.setInt(3, limit);
      try (ResultSet rows = select.executeQuery()) {
        while (rows.next()) {
          each.setString(1, rows.getString(1));
          each.setString(2, rows.getString(2));
          deleted += each.executeUpdate();
        }
      }
    }
    return deleted;
  }

  /**
   * Reads the table.
   *
   * @throws SQLException if it is not there
   */
  void probe(Connection connection) throws SQLException {
    try (PreparedStatement statement = connection.prepareStatement(one)) {
      statement.setString(1, "");
      statement.setString(2, "");
      try (ResultSet rows = statement.executeQuery()) {
        rows.next();
      }
    }
  }

  static int seconds(Duration limit) {
    return (int) Math.max(1, Math.min(3600, limit.plusMillis(999).toSeconds()));
  }

  private static LocalDateTime column(Instant instant) {
    return LocalDateTime.ofInstant(instant, ZoneOffset.UTC);
  }
}
