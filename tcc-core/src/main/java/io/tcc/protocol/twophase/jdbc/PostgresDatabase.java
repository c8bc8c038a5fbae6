package io.tcc.protocol.twophase.jdbc;

import io.tcc.transaction.Outcome;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/**
 * PostgreSQL. PREPARE TRANSACTION after an error that somebody swallowed answers without an error
 * and prepares nothing; but the vote's insertion before it fails then.
 *
 * <p>In one round trip the two are one text, with another name in it each time, which the server
 * has to parse and plan each time. For a plain insertion that is less than a round trip costs, for
 * one that looks for tombstones of other paths it is more. So the initiator's own branches, which
 * are told of ABORT under their own paths, go in one; those of a called service, which are told of
 * it under the path of the call, in two.
 */
final class PostgresDatabase implements PreparingDatabase {

  /** The first that has {@code pg_current_xact_id_if_assigned}. */
  private static final int OLDEST = 13;

  private static final String UNDEFINED_OBJECT = "42704";

  /** Another session is ending it at this moment. */
  private static final String BUSY = "55000";

  private static final String WROTE_NOTHING = "select pg_current_xact_id_if_assigned() is null";

  private static final String IN_DOUBT =
      """
      select gid from pg_prepared_xacts
      where database = current_database() and left(gid, ?) = ?""";

  private static final String SETTING = "show max_prepared_transactions";

  private static final long MAX_MILLIS = Duration.ofHours(1).toMillis();

  private final String votes;

  /**
   * @param votes name of the table of votes
   */
  PostgresDatabase(String votes) {
    this.votes = votes;
  }

  @Override
  public boolean failsWhole() {
    return true;
  }

  @Override
  public Session session() {
    return Session.FREE;
  }

  @Override
  public boolean wroteNothing(Connection connection, Beginning beginning) throws SQLException {
    return PreparingDatabase.isTrue(connection, WROTE_NOTHING);
  }

  @Override
  public boolean prepare(Connection connection, String gid, VoteRows.Vote vote)
      throws SQLException {
    String prepare = "PREPARE TRANSACTION '" + gid + "'";
    if (vote.path().isOfInitiator()) {
      return insertAndPrepare(connection, vote, prepare);
    }
    if (!vote.insert(connection)) {
      return false;
    }
    PreparingDatabase.execute(connection, prepare);
    return true;
  }

  /**
   * The wait for a lock is bounded by the server: the time limit of a statement would cut the wait
   * of PREPARE for a standby as well, which PostgreSQL answers with success.
   */
  private boolean insertAndPrepare(Connection connection, VoteRows.Vote vote, String prepare)
      throws SQLException {
    String insert =
        "insert into %s (xid, path, resource, state, created_at) values ('%s', '%s', %s, '%s', '%s')"
            .formatted(
                votes,
                vote.xid(),
                vote.path(),
                literal(vote.database()),
                VoteRows.State.COMMITTED,
                vote.createdAt());
    try {
      PreparingDatabase.execute(
          connection,
          "set local lock_timeout = " + millis(vote.limit()) + "; " + insert + "; " + prepare);
      return true;
    } catch (SQLException e) {
      if (meetsTombstone(e)) {
        return false;
      }
      throw e;
    }
  }

  /** PREPARE may meet a key of somebody else's table, which is checked late. */
  private boolean meetsTombstone(SQLException e) {
    String message = String.valueOf(e.getMessage()).toLowerCase(Locale.ROOT);
    return isDuplicate(e) && message.contains(votes.toLowerCase(Locale.ROOT));
  }

  private static String literal(String text) {
    return "E'" + text.replace("\\", "\\\\").replace("'", "''") + "'";
  }

  private static long millis(Duration limit) {
    return Math.max(1, Math.min(MAX_MILLIS, limit.toMillis()));
  }

  @Override
  public End end(Connection connection, String gid, Outcome outcome) throws SQLException {
    try {
      PreparingDatabase.execute(
          connection,
          (outcome == Outcome.COMMIT ? "COMMIT" : "ROLLBACK") + " PREPARED '" + gid + "'");
      return End.DONE;
    } catch (SQLException e) {
      if (UNDEFINED_OBJECT.equals(e.getSQLState()) || BUSY.equals(e.getSQLState())) {
        return End.NOT_FOUND;
      }
      throw e;
    }
  }

  @Override
  public List<String> inDoubt(Connection connection, String prefix) throws SQLException {
    List<String> gids = new ArrayList<>();
    try (PreparedStatement statement = connection.prepareStatement(IN_DOUBT)) {
      statement.setInt(1, prefix.length());
      statement.setString(2, prefix);
      try (ResultSet rows = statement.executeQuery()) {
        while (rows.next()) {
          gids.add(rows.getString(1));
        }
      }
    }
    return gids;
  }

  @Override
  public Optional<String> obstacle(Connection connection) throws SQLException {
    if (connection.getMetaData().getDatabaseMajorVersion() < OLDEST) {
      return Optional.of(
          "It is PostgreSQL "
              + connection.getMetaData().getDatabaseProductVersion()
              + ", which cannot tell whether a transaction has written. Use version "
              + OLDEST
              + " or later.");
    }
    try (Statement statement = connection.createStatement();
        ResultSet row = statement.executeQuery(SETTING)) {
      return row.next() && row.getInt(1) > 0
          ? Optional.empty()
          : Optional.of(
              "max_prepared_transactions is 0, so it prepares nothing (SQL state 55000). Set it in"
                  + " postgresql.conf to at least max_connections and restart the server:\n"
                  + "max_prepared_transactions = 100");
    }
  }
}
