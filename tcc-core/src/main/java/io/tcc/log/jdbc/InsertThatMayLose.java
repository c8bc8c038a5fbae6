package io.tcc.log.jdbc;

import org.jspecify.annotations.Nullable;
import org.springframework.dao.DuplicateKeyException;
import org.springframework.jdbc.core.JdbcTemplate;

/**
 * An INSERT that may meet a duplicate key; the local transaction stays usable either way. Where a
 * failed statement would fail the whole local transaction, the statement itself has to say {@link
 * Dialect#orNothing()}; elsewhere a duplicate key takes back the statement alone.
 */
final class InsertThatMayLose {

  private final JdbcTemplate jdbc;
  private final String sql;

  InsertThatMayLose(JdbcTemplate jdbc, String sql) {
    this.jdbc = jdbc;
    this.sql = sql;
  }

  /** Whether it was first. */
  boolean wins(@Nullable Object... values) {
    try {
      return jdbc.update(sql, values) > 0;
    } catch (DuplicateKeyException e) {
      return false;
    }
  }
}
