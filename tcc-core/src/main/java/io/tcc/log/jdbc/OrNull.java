package io.tcc.log.jdbc;

import static io.tcc.log.jdbc.Times.columnOrNull;

import java.sql.Types;
import java.time.Instant;
import org.jspecify.annotations.Nullable;
import org.springframework.jdbc.core.SqlParameterValue;

/**
 * Values of columns that may be null: typed, or else some drivers ask the server for the type of a
 * null.
 */
final class OrNull {

  private OrNull() {}

  static SqlParameterValue text(@Nullable String text) {
    return new SqlParameterValue(Types.VARCHAR, text);
  }

  static SqlParameterValue time(@Nullable Instant instant) {
    return new SqlParameterValue(Types.TIMESTAMP, columnOrNull(instant));
  }
}
