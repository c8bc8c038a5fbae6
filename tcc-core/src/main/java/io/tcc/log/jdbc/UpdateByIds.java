package io.tcc.log.jdbc;

import static io.tcc.log.jdbc.JdbcDecisionLog.counted;

import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.springframework.jdbc.core.JdbcTemplate;

/** An update of rows by their ids that takes few statements, as most rows of a batch end alike. */
final class UpdateByIds {

  private final JdbcTemplate jdbc;
  private final Dialect dialect;
  private final String sql;
  private final String id;

  /**
   * @param sql with %s as its last condition, where the ids are asked for
   * @param id the column
   */
  UpdateByIds(JdbcTemplate jdbc, Dialect dialect, String sql, String id) {
    this.jdbc = jdbc;
    this.dialect = dialect;
    this.sql = sql;
    this.id = id;
  }

  /** Updates rows that are to become alike; returns how many. */
  int together(List<? extends @Nullable Object> values, List<String> ids) {
    return jdbc.update(
        sql.formatted(dialect.isAmong(id, ids.size())), withIds(values, dialect.among(ids)));
  }

  /** Updates each row; returns how many. */
  <T> int each(
      Collection<T> rows, Function<T, List<@Nullable Object>> values, Function<T, String> ids) {
    Map<List<@Nullable Object>, List<String>> alike = new LinkedHashMap<>();
    for (T row : rows) {
      alike.computeIfAbsent(values.apply(row), one -> new ArrayList<>()).add(ids.apply(row));
    }
    int changed = 0;
    List<@Nullable Object[]> alone = new ArrayList<>();
    for (Map.Entry<List<@Nullable Object>, List<String>> each : alike.entrySet()) {
      if (each.getValue().size() == 1) {
        alone.add(withIds(each.getKey(), each.getValue()));
      } else {
        changed += together(each.getKey(), each.getValue());
      }
    }
    return changed + counted(jdbc.batchUpdate(sql.formatted(id + " = ?"), alone));
  }

  private static @Nullable Object[] withIds(
      List<? extends @Nullable Object> values, Collection<String> ids) {
    return Stream.concat(values.stream(), ids.stream()).toArray();
  }
}
