package io.tcc.log.jdbc;

import static io.tcc.log.jdbc.Times.column;

import io.tcc.log.IdentityLog;
import java.time.Instant;
import javax.sql.DataSource;
import org.springframework.jdbc.core.JdbcTemplate;

/** The identity of the log in SQL. */
public final class JdbcIdentityLog implements IdentityLog {

  static final String INSERT =
      "insert into tcc_log (id, schema_version, created_at) values (?, ?, ?)";

  private static final String RETIRE =
      "update tcc_log set retired_at = ?, in_force = null where id = ? and in_force = 1";

  private final JdbcTemplate jdbc;
  private final Tables tables;

  public JdbcIdentityLog(DataSource dataSource, Tables tables) {
    this.jdbc = new JdbcTemplate(dataSource);
    this.tables = tables;
  }

  @Override
  public boolean replace(String current, String next, Instant now) {
    if (jdbc.update(tables.in(RETIRE), column(now), current) == 0) {
      return false;
    }
    jdbc.update(tables.in(INSERT), next, Schema.VERSION, column(now));
    return true;
  }
}
