package io.tcc.log.jdbc;

import javax.sql.DataSource;
import org.springframework.transaction.PlatformTransactionManager;

/**
 * The transaction manager does not manage the DataSource that holds the log: a branch row and its
 * business change would commit apart.
 */
public class WrongTransactionManagerException extends IllegalStateException {

  private static final long serialVersionUID = 1L;

  WrongTransactionManagerException(
      PlatformTransactionManager manager, DataSource managed, DataSource log, boolean sameEnd) {
    super(
        "The transaction log is in the DataSource "
            + log
            + ", but the transaction manager "
            + manager
            + " manages the DataSource "
            + managed
            + ": a branch row and its business change would commit apart. "
            + (sameEnd
                ? "Both lead to the same database, but Spring finds the connection of a transaction by"
                    + " the DataSource object, so give the same object to the log, to the manager and"
                    + " to your own JdbcTemplate, jOOQ or MyBatis."
                : "Put the log's tables into the database of the manager, or choose the manager of the"
                    + " log's DataSource."));
  }
}
