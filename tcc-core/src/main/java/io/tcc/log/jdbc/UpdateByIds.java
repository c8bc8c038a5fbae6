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
import org.springframework.jdbc.core.SqlParameterValue;

/** An update of rows by their ids that takes few statements, as most rows of a batch end alike. */
final class UpdateByIds {

  /** Rows that are to become alike. */
  private record Alike(List<@Nullable Object> values, List<String> ids) {}

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
    dialect.lookUpByIds(jdbc);
    return alike(values, ids);
  }

  private int alike(List<? extends @Nullable Object> values, List<String> ids) {
    return jdbc.update(
        sql.formatted(dialect.isAmong(id, ids.size())), withIds(values, dialect.among(ids)));
  }

  /** Updates each row; returns how many. */
  <T> int each(
      Collection<T> rows, Function<T, List<@Nullable Object>> values, Function<T, String> ids) {
    if (rows.isEmpty()) {
      return 0;
    }
    Map<List<@Nullable Object>, Alike> groups = new LinkedHashMap<>();
    for (T row : rows) {
      List<@Nullable Object> set = values.apply(row);
      groups
          .computeIfAbsent(untyped(set), first -> new Alike(set, new ArrayList<>()))
          .ids()
          .add(ids.apply(row));
    }
    dialect.lookUpByIds(jdbc);
    int changed = 0;
    List<@Nullable Object[]> alone = new ArrayList<>();
    for (Alike each : groups.values()) {
      if (each.ids().size() == 1) {
        alone.add(withIds(each.values(), each.ids()));
      } else {
        changed += alike(each.values(), each.ids());
      }
    }
    return changed + counted(jdbc.batchUpdate(sql.formatted(id + " = ?"), alone));
  }

  /** Values that can be compared: those with a type are equal to nothing but themselves. */
  private static List<@Nullable Object> untyped(List<@Nullable Object> values) {
    return values.stream()
        .<@Nullable Object>map(
            value -> value instanceof SqlParameterValue typed ? typed.getValue() : value)
        .toList();
  }

  private static @Nullable Object[] withIds(
      List<? extends @Nullable Object> values, Collection<String> ids) {
    return Stream.concat(values.stream(), ids.stream()).toArray();
  }
}
