package io.tcc.log.jdbc;

import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.jdbc.core.JdbcTemplate;
import org.springframework.jdbc.core.RowMapper;

/**
 * Reads the rows of a table. Unknown or missing text is never given a default: it is an error that
 * names the row.
 */
final class RowReader<T> {

  private static final Logger log = LoggerFactory.getLogger(RowReader.class);

  private final JdbcTemplate jdbc;
  private final String table;
  private final List<String> key;
  private final RowMapper<T> mapper;

  /**
   * @param key the columns of the primary key, which every query selects
   */
  RowReader(JdbcTemplate jdbc, String table, List<String> key, RowMapper<T> mapper) {
    this.jdbc = jdbc;
    this.table = table;
    this.key = key;
    this.mapper = mapper;
  }

  /**
   * All rows of a query.
   *
   * @throws UnreadableRowException if one of them cannot be read
   */
  List<T> all(String sql, Object... arguments) {
    return jdbc.query(sql, (row, number) -> read(row), arguments);
  }

  /** The readable rows of a query; the others are reported, and handed over after the query. */
  List<T> readable(String sql, Consumer<UnreadableRowException> others, Object... arguments) {
    List<T> readable = new ArrayList<>();
    List<UnreadableRowException> unreadable = new ArrayList<>();
    jdbc.query(
        sql,
        row -> {
          try {
            readable.add(read(row));
          } catch (UnreadableRowException e) {
            unreadable.add(e);
          }
        },
        arguments);
    for (UnreadableRowException each : unreadable) {
      log.error("An operator is needed", each);
      others.accept(each);
    }
    return readable;
  }

  private T read(ResultSet row) throws SQLException {
    try {
      return mapper.mapRow(row, 0);
    } catch (RuntimeException e) {
      List<Object> values = new ArrayList<>();
      for (String column : key) {
        values.add(row.getObject(column));
      }
      throw new UnreadableRowException(table, values, e);
    }
  }

  /** The text of a column that has one in every readable row. */
  static String text(ResultSet row, String column) throws SQLException {
    String text = row.getString(column);
    if (text == null) {
      throw new IllegalStateException("Column " + column + " is null");
    }
    return text;
  }

  /** A column that holds the name of one of the values. */
  static <E extends Enum<E>> E oneOf(Set<E> values, ResultSet row, String column)
      throws SQLException {
    String text = text(row, column);
    return values.stream()
        .filter(value -> value.name().equals(text))
        .findFirst()
        .orElseThrow(
            () ->
                new IllegalStateException(
                    "Column " + column + " is " + text + ", which is none of " + values));
  }
}
