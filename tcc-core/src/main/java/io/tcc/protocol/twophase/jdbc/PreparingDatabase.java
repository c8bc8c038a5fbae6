package io.tcc.protocol.twophase.jdbc;

import io.tcc.transaction.Outcome;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;
import java.util.Optional;

/**
 * How a kind of database prepares a local transaction, so that any connection can end it later, and
 * how it tells what is prepared. Names are ours and need no escaping: letters, digits, dots,
 * hyphens, underscores.
 */
interface PreparingDatabase {

  /** What became of a prepared transaction that was to be ended. */
  enum End {
    /** It is committed or rolled back, by this. */
    DONE,
    /** There is none of that name, or none that can be ended now. */
    NOT_FOUND
  }

  /** What becomes of a session that has prepared. */
  enum Session {
    /** It can do other work. */
    FREE,
    /** It can do nothing else, and must end before others can end what it has prepared. */
    ENDS,
    /** It has to live on, unused, until it ends what it has prepared. */
    KEPT
  }

  /** Where a local transaction stood when it began; for {@link #wroteNothing}. */
  record Beginning(long mark) {}

  /** The votes in its table of that name. */
  default VoteRows votes(String table) {
    return new VoteRows(table, "varchar(200)", "timestamp(3)");
  }

  /** Whether a statement that failed, outside of a savepoint, makes all later ones fail. */
  default boolean failsWhole() {
    return false;
  }

  /** What becomes of the session that has prepared. */
  Session session();

  /** Ends a prepared transaction in the session that has prepared it, if that is kept. */
  default void endOwn(Connection connection, String gid, Outcome outcome) throws SQLException {
    throw new UnsupportedOperationException("Sessions that have prepared are not kept");
  }

  /**
   * Makes the local transaction that is about to begin on a connection one that can be prepared.
   */
  default Beginning begin(Connection connection, String gid) throws SQLException {
    return new Beginning(0);
  }

  /** Whether the transaction has certainly changed nothing. */
  boolean wroteNothing(Connection connection, Beginning beginning) throws SQLException;

  /** Commits a transaction that was not prepared. */
  default void commit(Connection connection, String gid) throws SQLException {
    connection.commit();
  }

  /** Rolls back a transaction that was not prepared, in whatever state it is. */
  default void rollBack(Connection connection, String gid) throws SQLException {
    connection.rollback();
  }

  /**
   * Inserts the vote and prepares. Fails if the transaction has failed before, whoever swallowed
   * the error.
   *
   * @return false if the vote is NO because the transaction is aborted already; roll back then
   */
  boolean prepare(Connection connection, String gid, VoteRows.Vote vote) throws SQLException;

  /** Ends a prepared transaction, on any connection in autocommit mode. */
  End end(Connection connection, String gid, Outcome outcome) throws SQLException;

  /** The names of this database's prepared transactions that begin with a prefix. */
  List<String> inDoubt(Connection connection, String prefix) throws SQLException;

  /**
   * What is wrong with the database or the account's privileges.
   *
   * @return what to change; nothing if branches can be prepared
   */
  Optional<String> obstacle(Connection connection) throws SQLException;

  /** Whether an insertion failed because the key is taken. */
  default boolean isDuplicate(SQLException e) {
    return e.getSQLState() != null && e.getSQLState().startsWith("23");
  }

  /** Whether it cannot be told what the database did. */
  default boolean isLostAnswer(SQLException e) {
    String state = e.getSQLState();
    return state == null || state.startsWith("08") || state.startsWith("57P");
  }

  /** Whether a query's first column says so in its first row. */
  static boolean isTrue(Connection connection, String query) throws SQLException {
    try (Statement statement = connection.createStatement();
        ResultSet row = statement.executeQuery(query)) {
      return row.next() && row.getBoolean(1);
    }
  }

  /** Runs one statement. */
  static void execute(Connection connection, String sql) throws SQLException {
    try (Statement statement = connection.createStatement()) {
      statement.execute(sql);
    }
  }
}
