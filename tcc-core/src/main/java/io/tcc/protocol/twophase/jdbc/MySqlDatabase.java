package io.tcc.protocol.twophase.jdbc;

import io.tcc.transaction.Outcome;
import java.sql.Connection;
import java.sql.DatabaseMetaData;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * MariaDB and MySQL. On MariaDB nobody else can end a branch while the session that has prepared it
 * lives, and the session can do nothing else, so it must end. A deadlock leaves the branch in a
 * state in which XA END fails.
 */
final class MySqlDatabase implements PreparingDatabase {

  /** XAER_NOTA: no such branch, or one that is still attached to a living session. */
  private static final int UNKNOWN = 1397;

  /** XAER_RMERR, as MySQL answers where a privilege is missing. */
  private static final int NO_PRIVILEGE = 1401;

  private static final int HALF = 64;

  /** The first that keeps a prepared branch when its session ends. */
  private static final List<Integer> MARIADB = List.of(10, 5);

  private static final List<Integer> MYSQL = List.of(8, 0, 29);

  private static final Pattern NO_DIGITS = Pattern.compile("[^0-9]+");

  /** Rows that the session has changed, as its storage engines count them. */
  private static final String CHANGES =
      """
      show session status where variable_name in
        ('Handler_write', 'Handler_update', 'Handler_delete')""";

  @Override
  public VoteRows votes(String table) {
    return new VoteRows(table, "char(200)", "datetime(3)");
  }

  @Override
  public Session session() {
    return Session.ENDS;
  }

  @Override
  public Beginning begin(Connection connection, String gid) throws SQLException {
    long before = changes(connection);
    // Reading the counters may have begun a transaction, and XA START wants none.
    connection.rollback();
    PreparingDatabase.execute(connection, "XA START " + xid(gid));
    return new Beginning(before);
  }

  @Override
  public boolean wroteNothing(Connection connection, Beginning beginning) throws SQLException {
    return changes(connection) == beginning.mark();
  }

  @Override
  public void commit(Connection connection, String gid) throws SQLException {
    PreparingDatabase.execute(connection, "XA END " + xid(gid));
    PreparingDatabase.execute(connection, "XA COMMIT " + xid(gid) + " ONE PHASE");
  }

  @Override
  public void rollBack(Connection connection, String gid) throws SQLException {
    try {
      PreparingDatabase.execute(connection, "XA END " + xid(gid));
    } catch (SQLException e) {
      if (isLostAnswer(e)) {
        throw e;
      }
      // It has ended, or can only be rolled back any more.
    }
    PreparingDatabase.execute(connection, "XA ROLLBACK " + xid(gid));
  }

  @Override
  public boolean prepare(Connection connection, String gid, VoteRows.Vote vote)
      throws SQLException {
    if (!vote.insert(connection)) {
      return false;
    }
    PreparingDatabase.execute(connection, "XA END " + xid(gid));
    PreparingDatabase.execute(connection, "XA PREPARE " + xid(gid));
    return true;
  }

  @Override
  public End end(Connection connection, String gid, Outcome outcome) throws SQLException {
    try {
      PreparingDatabase.execute(
          connection, "XA " + (outcome == Outcome.COMMIT ? "COMMIT " : "ROLLBACK ") + xid(gid));
      return End.DONE;
    } catch (SQLException e) {
      if (e.getErrorCode() == UNKNOWN) {
        return End.NOT_FOUND;
      }
      throw e;
    }
  }

  @Override
  public List<String> inDoubt(Connection connection, String prefix) throws SQLException {
    List<String> gids = new ArrayList<>();
    try (Statement statement = connection.createStatement();
        ResultSet rows = statement.executeQuery("XA RECOVER")) {
      while (rows.next()) {
        String gid = rows.getString("data");
        if (gid != null && gid.startsWith(prefix)) {
          gids.add(gid);
        }
      }
    }
    return gids;
  }

  @Override
  public Optional<String> obstacle(Connection connection) throws SQLException {
    DatabaseMetaData meta = connection.getMetaData();
    String version = meta.getDatabaseProductVersion();
    boolean mariaDb =
        (meta.getDatabaseProductName() + version).toLowerCase(Locale.ROOT).contains("mariadb");
    if (isOlder(version, mariaDb ? MARIADB : MYSQL)) {
      return Optional.of(
          "It is "
              + meta.getDatabaseProductName()
              + " "
              + version
              + ", which loses prepared branches when their session ends. Use MariaDB 10.5 or later,"
              + " or MySQL 8.0.29 or later.");
    }
    try {
      inDoubt(connection, Gid.prefix(""));
      return Optional.empty();
    } catch (SQLException e) {
      if (e.getErrorCode() == NO_PRIVILEGE) {
        return Optional.of(
            "The account may not list prepared branches. Let an administrator grant it:\n"
                + "GRANT XA_RECOVER_ADMIN ON *.* TO "
                + meta.getUserName()
                + ";");
      }
      throw e;
    }
  }

  /** Whether a version, such as {@code 11.4.5-MariaDB-log}, is before another. */
  static boolean isOlder(String version, List<Integer> than) {
    List<String> parts = NO_DIGITS.splitAsStream(version).limit(than.size()).toList();
    for (int i = 0; i < than.size(); i++) {
      int part = i < parts.size() && !parts.get(i).isEmpty() ? Integer.parseInt(parts.get(i)) : 0;
      if (part != than.get(i)) {
        return part < than.get(i);
      }
    }
    return false;
  }

  private static long changes(Connection connection) throws SQLException {
    long sum = 0;
    try (Statement statement = connection.createStatement();
        ResultSet rows = statement.executeQuery(CHANGES)) {
      while (rows.next()) {
        sum += rows.getLong(2);
      }
    }
    return sum;
  }

  /** MySQL takes a name in two parts, of 64 characters at most. */
  private static String xid(String gid) {
    return gid.length() <= HALF
        ? "'" + gid + "'"
        : "'" + gid.substring(0, HALF) + "','" + gid.substring(HALF) + "'";
  }
}
