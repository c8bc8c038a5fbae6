package io.tcc.testing;

import java.sql.SQLException;

/**
 * Gets between the code under test and its durable commits. What it throws reaches the caller of
 * the commit in place of the answer.
 */
public interface CommitListener {

  /** Nothing is durable yet; if this throws, the transaction is not committed, and still open. */
  default void beforeCommit(Commit commit) throws SQLException {}

  /** All of it is durable; if this throws, the caller does not learn that. */
  default void afterCommit(Commit commit) throws SQLException {}
}
