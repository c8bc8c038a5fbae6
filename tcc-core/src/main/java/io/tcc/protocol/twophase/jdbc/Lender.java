package io.tcc.protocol.twophase.jdbc;

import java.sql.Connection;
import java.sql.SQLException;

/** A branch that the current thread works in: what it lends instead of the pool's connections. */
abstract class Lender {

  /** A connection for whoever asks the DataSource for one. */
  abstract Connection lend() throws SQLException;

  /** Whether a connection was lent that has left autocommit mode. */
  abstract boolean hasBegun();

  /** A connection leaves autocommit mode: it may be the branch's. */
  abstract void beginOn(LentConnection lent) throws SQLException;

  abstract void commit(LentConnection lent) throws SQLException;

  abstract void rollBack(LentConnection lent) throws SQLException;

  /** Whether a connection is the one whose work is the branch. */
  abstract boolean owns(LentConnection lent);

  /** Whether what is told to the branch's connection about its mode is to be ignored. */
  abstract boolean keepsMode(LentConnection lent);

  /** A connection is given another isolation level than the pool's. */
  abstract void beforeIsolationChanges(LentConnection lent) throws SQLException;

  /** A statement failed, whatever business code makes of it. */
  abstract void failed(LentConnection lent, SQLException failure);

  /** The database has rolled the whole transaction back, savepoints included. */
  static boolean isRollback(SQLException e) {
    return e.getSQLState() != null && e.getSQLState().startsWith("40");
  }

  /** A statement says that it has changed rows. */
  void changed(LentConnection lent) {}

  /** The work since a savepoint was rolled back, and with it what had failed since. */
  abstract void recovered(LentConnection lent);

  /** Gives a connection back to the pool, unless the branch still needs it. */
  abstract void close(LentConnection lent) throws SQLException;
}
