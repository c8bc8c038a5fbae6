package io.tcc.log.jdbc;

import java.util.Optional;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.springframework.dao.DataAccessException;
import org.springframework.jdbc.core.JdbcTemplate;

/** Whether a database keeps the commits that it has acknowledged. */
final class Durability {

  private static final String H2_WRITE_DELAY =
      """
      select max(cast(setting_value as int)) from information_schema.settings
      where setting_name = 'WRITE_DELAY' and database_path() is not null""";

  private Durability() {}

  /**
   * By which setting it loses them, and what to write instead; nothing if it keeps them, or does
   * not tell.
   */
  static Optional<String> weakness(Dialect dialect, JdbcTemplate jdbc) {
    try {
      return switch (dialect) {
        case H2 ->
            Optional.ofNullable(jdbc.queryForObject(H2_WRITE_DELAY, Integer.class))
                .filter(delay -> delay > 0)
                .map(delay -> "WRITE_DELAY is " + delay + " ms: append ;WRITE_DELAY=0 to the URL");
        case POSTGRESQL ->
            Stream.of("fsync", "synchronous_commit")
                .filter(setting -> "off".equals(text(jdbc, "show " + setting)))
                .findFirst()
                .map(setting -> setting + " is off: set " + setting + " = on");
        case MYSQL ->
            Optional.ofNullable(text(jdbc, "select @@innodb_flush_log_at_trx_commit"))
                .filter(found -> found.equals("0") || found.equals("2"))
                .map(
                    found ->
                        "innodb_flush_log_at_trx_commit is "
                            + found
                            + ": set innodb_flush_log_at_trx_commit = 1");
      };
    } catch (DataAccessException e) {
      return Optional.empty();
    }
  }

  private static @Nullable String text(JdbcTemplate jdbc, String query) {
    return jdbc.queryForObject(query, String.class);
  }
}
