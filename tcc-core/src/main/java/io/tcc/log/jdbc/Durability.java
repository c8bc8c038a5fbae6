package io.tcc.log.jdbc;

import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.springframework.jdbc.core.JdbcTemplate;

/** Whether a database keeps the commits that it has acknowledged. */
final class Durability {

  private static final String H2_WRITE_DELAY =
      """
      select max(cast(setting_value as int)) from information_schema.settings
      where setting_name = 'WRITE_DELAY' and database_path() is not null""";

  private Durability() {}

  /** By which setting it loses them, and what to write instead; nothing if it keeps them. */
  static Optional<String> weakness(Dialect dialect, JdbcTemplate jdbc) {
    return switch (dialect) {
      case H2 -> {
        Integer delay = jdbc.queryForObject(H2_WRITE_DELAY, Integer.class);
        yield delay == null || delay == 0
            ? Optional.empty()
            : Optional.of("WRITE_DELAY is " + delay + " ms: append ;WRITE_DELAY=0 to the URL");
      }
      case POSTGRESQL ->
          unless("on", "fsync", text(jdbc, "show fsync"))
              .or(
                  () ->
                      "off".equals(text(jdbc, "show synchronous_commit"))
                          ? unless("on", "synchronous_commit", "off")
                          : Optional.empty());
      case MYSQL ->
          unless(
              "1",
              "innodb_flush_log_at_trx_commit",
              text(jdbc, "select @@innodb_flush_log_at_trx_commit"));
    };
  }

  private static @Nullable String text(JdbcTemplate jdbc, String query) {
    return jdbc.queryForObject(query, String.class);
  }

  private static Optional<String> unless(String wanted, String setting, @Nullable String found) {
    return wanted.equals(found)
        ? Optional.empty()
        : Optional.of(setting + " is " + found + ": set " + setting + " = " + wanted);
  }
}
