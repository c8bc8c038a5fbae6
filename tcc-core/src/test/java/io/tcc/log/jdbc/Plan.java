package io.tcc.log.jdbc;

import static org.assertj.core.api.Assertions.assertThat;

import io.tcc.testing.TestDatabase;
import java.time.Instant;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/** How a database reads its tables for a statement. */
final class Plan {

  /** What the databases call it to read all rows, or to sort them. */
  private static final String[] DETOURS = {"seq scan", "sort key", "filesort", "tablescan"};

  private static final Pattern SCANNED = Pattern.compile("scanCount: (\\d+)");
  private static final int MOST_SCANNED = 1000;

  private final TestDatabase kind;
  private final LogOnDatabase log;

  Plan(TestDatabase kind, LogOnDatabase log) {
    this.kind = kind;
    this.log = log;
  }

  /** Tells the database what is in the tables, as it finds out by itself in time. */
  void analyze(String... tables) {
    log.sql.execute(
        kind == TestDatabase.MARIADB ? "analyze table " + String.join(", ", tables) : "analyze");
  }

  /** Asserts that a statement reads its rows through an index. */
  void isThrough(String index, String sql, Object... values) {
    String statement = with(sql, values);
    assertThat(of(statement)).as(statement).contains(index).doesNotContain(DETOURS);
  }

  /**
   * Asserts besides that a query for a page reads few rows. H2 alone tells: of an index it reads
   * the nulls before everything else, and all that belongs to one of several states.
   */
  void isAPageThrough(String index, String sql, Object... values) {
    isThrough(index, sql, values);
    if (kind == TestDatabase.H2) {
      String told = log.sql.queryForObject("explain analyze " + with(sql, values), String.class);
      Matcher scanned = SCANNED.matcher(told);
      assertThat(scanned.find()).as(told).isTrue();
      assertThat(Integer.parseInt(scanned.group(1))).as(told).isLessThan(MOST_SCANNED);
    }
  }

  /** In lower case. */
  private String of(String sql) {
    if (kind == TestDatabase.MARIADB) {
      return log.sql.queryForList("explain " + sql).stream()
          .map(step -> step.get("table") + " by " + step.get("key") + ", " + step.get("Extra"))
          .collect(Collectors.joining("\n"))
          .toLowerCase(Locale.ROOT);
    }
    return String.join("\n", log.sql.queryForList("explain " + sql, String.class))
        .toLowerCase(Locale.ROOT);
  }

  static String literal(Instant instant) {
    return "timestamp '" + Times.column(instant).toString().replace('T', ' ') + ":00'";
  }

  /** A statement with its parameters. */
  private static String with(String sql, Object... values) {
    String text = sql;
    for (Object value : values) {
      String literal = value instanceof Instant instant ? literal(instant) : value.toString();
      text = text.replaceFirst("\\?", Matcher.quoteReplacement(literal));
    }
    return text;
  }
}
