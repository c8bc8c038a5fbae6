package io.tcc.log.jdbc;

import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.time.LocalDateTime;
import java.time.ZoneOffset;
import java.time.temporal.ChronoUnit;
import org.jspecify.annotations.Nullable;

/** Instants as columns: local date-times in UTC, to the millisecond. */
final class Times {

  private Times() {}

  static LocalDateTime column(Instant instant) {
    return LocalDateTime.ofInstant(instant.truncatedTo(ChronoUnit.MILLIS), ZoneOffset.UTC);
  }

  static @Nullable LocalDateTime columnOrNull(@Nullable Instant instant) {
    return instant == null ? null : column(instant);
  }

  static @Nullable Instant instantOrNull(ResultSet row, String column) throws SQLException {
    return row.getObject(column, LocalDateTime.class) == null ? null : instant(row, column);
  }

  static Instant instant(ResultSet row, String column) throws SQLException {
    LocalDateTime value = row.getObject(column, LocalDateTime.class);
    if (value == null) {
      throw new IllegalStateException("Column " + column + " is null");
    }
    return value.toInstant(ZoneOffset.UTC);
  }
}
