package io.tcc.protocol.twophase.jdbc;

import io.tcc.transaction.Outcome;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * H2. The session that has prepared must do nothing else: that would commit or roll back what it
 * has prepared. It is kept until the transaction is ended, for if it ends first, and the database
 * stays open, H2 2.4 "rolls back" without undoing anything, and whoever meets such a row waits for
 * ever.
 */
final class H2Database implements PreparingDatabase {

  private static final int NOT_FOUND = 90129;

  /** In which sessions may end while the database stays open. */
  private static final Pattern SERVED = Pattern.compile("^jdbc:h2:(tcp|ssl):");

  /** A row that is never committed: whoever inserts it makes the others wait. */
  private static final String LOCK =
      """
      insert into tcc_vote (xid, path, resource, state, created_at)
      values (?, 'ending', '', 'ENDING', localtimestamp)""";

  private static final String WROTE_NOTHING =
      """
      select not contains_uncommitted from information_schema.sessions
      where session_id = session_id()""";

  private static final String IN_DOUBT = "select transaction_name from information_schema.in_doubt";

  private static final String IS_ADMIN =
      """
      select cast(is_admin as int) from information_schema.users
      where user_name = current_user""";

  private static final String WRITE_DELAY =
      """
      select max(cast(setting_value as int)) from information_schema.settings
      where setting_name = 'WRITE_DELAY'""";

  private final String lock;

  /**
   * @param table of the votes
   */
  H2Database(String table) {
    this.lock = LOCK.replace("tcc_vote", table);
  }

  @Override
  public Session session() {
    return Session.KEPT;
  }

  @Override
  public void endOwn(Connection connection, String gid, Outcome outcome) throws SQLException {
    PreparingDatabase.execute(connection, sentence(gid, outcome));
  }

  private static String sentence(String gid, Outcome outcome) {
    return (outcome == Outcome.COMMIT ? "COMMIT" : "ROLLBACK") + " TRANSACTION \"" + gid + "\"";
  }

  @Override
  public boolean wroteNothing(Connection connection, Beginning beginning) throws SQLException {
    return PreparingDatabase.isTrue(connection, WROTE_NOTHING);
  }

  @Override
  public boolean prepare(Connection connection, String gid, VoteRows.Vote vote)
      throws SQLException {
    if (!vote.insert(connection)) {
      return false;
    }
    PreparingDatabase.execute(connection, "PREPARE COMMIT \"" + gid + "\"");
    return true;
  }

  /** Under a lock: that two sessions may end the same transaction at once, H2 promises nowhere. */
  @Override
  public End end(Connection connection, String gid, Outcome outcome) throws SQLException {
    connection.setAutoCommit(false);
    try {
      try (PreparedStatement statement = connection.prepareStatement(lock)) {
        statement.setString(1, lockKey(gid));
        statement.executeUpdate();
      }
      return endAlone(connection, gid, outcome);
    } finally {
      connection.rollback();
      connection.setAutoCommit(true);
    }
  }

  private static String lockKey(String gid) {
    return Gid.parse(gid).map(each -> each.transaction().xid().value()).orElse("ending");
  }

  private static End endAlone(Connection connection, String gid, Outcome outcome)
      throws SQLException {
    try {
      PreparingDatabase.execute(connection, sentence(gid, outcome));
      return End.DONE;
    } catch (SQLException e) {
      if (e.getErrorCode() == NOT_FOUND) {
        return End.NOT_FOUND;
      }
      throw e;
    }
  }

  @Override
  public List<String> inDoubt(Connection connection, String prefix) throws SQLException {
    List<String> gids = new ArrayList<>();
    try (Statement statement = connection.createStatement();
        ResultSet rows = statement.executeQuery(IN_DOUBT)) {
      while (rows.next()) {
        String gid = rows.getString(1);
        if (gid != null && gid.startsWith(prefix)) {
          gids.add(gid);
        }
      }
    }
    return gids;
  }

  @Override
  public Optional<String> obstacle(Connection connection) throws SQLException {
    if (connection.getMetaData().getDatabaseMajorVersion() < 2) {
      return Optional.of("H2 prepares branches reliably from version 2 on.");
    }
    if (SERVED.matcher(connection.getMetaData().getURL()).find()) {
      return Optional.of(
          "It is served to other processes. If one that has prepared a branch dies, H2 2.4 rolls"
              + " that back without undoing anything. Use a database that only this process opens,"
              + " such as jdbc:h2:file:…, or PostgreSQL or MariaDB.");
    }
    if (number(connection, WRITE_DELAY) > 0) {
      return Optional.of(
          "A vote is lost if the process dies within WRITE_DELAY. Append to the URL:\n"
              + ";WRITE_DELAY=0");
    }
    return number(connection, IS_ADMIN) > 0
        ? Optional.empty()
        : Optional.of(
            "H2 lets administrators only end prepared transactions (error 90040). Let one grant"
                + " it:\nALTER USER "
                + connection.getMetaData().getUserName()
                + " ADMIN TRUE;");
  }

  private static int number(Connection connection, String query) throws SQLException {
    try (Statement statement = connection.createStatement();
        ResultSet row = statement.executeQuery(query)) {
      return row.next() ? row.getInt(1) : 0;
    }
  }
}
