package io.tcc.log.jdbc;

import static io.tcc.log.jdbc.JdbcDecisionLog.counted;
import static io.tcc.log.jdbc.JdbcDecisionLog.error;
import static io.tcc.log.jdbc.Times.column;

import io.tcc.log.HeuristicLog;
import io.tcc.transaction.Heuristic;
import io.tcc.transaction.Outcome;
import io.tcc.transaction.Xid;
import java.time.Instant;
import java.util.List;
import java.util.Set;
import javax.sql.DataSource;
import org.springframework.jdbc.core.JdbcTemplate;

/** The log of contradictions in SQL. */
public final class JdbcHeuristicLog implements HeuristicLog {

  private static final String FIND =
      "select count(*) from tcc_heuristic where xid = ? and ordered = ?";

  private static final String INSERT =
      "insert into tcc_heuristic (xid, ordered, reason, created_at) values (?, ?, ?, ?)";

  private static final String UNRESOLVED =
      """
      select xid, ordered, reason, created_at from tcc_heuristic where resolved_at is null
      order by created_at, xid limit ?""";

  private static final String RESOLVE =
      "update tcc_heuristic set resolved_at = ? where xid = ? and resolved_at is null";

  private static final String OLD =
      """
      select xid, ordered from tcc_heuristic where resolved_at < ? order by resolved_at limit ?""";

  private static final String DELETE = "delete from tcc_heuristic where xid = ? and ordered = ?";

  private final JdbcTemplate jdbc;
  private final Tables tables;
  private final RowReader<Heuristic> reader;

  public JdbcHeuristicLog(DataSource dataSource, Tables tables) {
    this.jdbc = new JdbcTemplate(dataSource);
    this.tables = tables;
    this.reader =
        new RowReader<>(
            jdbc,
            tables.in("tcc_heuristic"),
            List.of("xid", "ordered"),
            (row, number) ->
                new Heuristic(
                    new Xid(row.getString("xid")),
                    RowReader.oneOf(Set.of(Outcome.values()), row, "ordered"),
                    RowReader.text(row, "reason"),
                    Times.instant(row, "created_at")));
  }

  @Override
  public void record(Heuristic heuristic) {
    String xid = heuristic.xid().value();
    String ordered = heuristic.ordered().name();
    Integer there = jdbc.queryForObject(tables.in(FIND), Integer.class, xid, ordered);
    if (there == null || there == 0) {
      jdbc.update(
          tables.in(INSERT), xid, ordered, error(heuristic.reason()), column(heuristic.at()));
    }
  }

  @Override
  public List<Heuristic> unresolved(int limit) {
    return reader.all(tables.in(UNRESOLVED), limit);
  }

  @Override
  public int resolve(Xid xid, Instant at) {
    return jdbc.update(tables.in(RESOLVE), column(at), xid.value());
  }

  @Override
  public int purge(Instant resolvedBefore, int limit) {
    List<Object[]> old =
        jdbc.query(
            tables.in(OLD),
            (row, number) -> new Object[] {row.getString("xid"), row.getString("ordered")},
            column(resolvedBefore),
            limit);
    return counted(jdbc.batchUpdate(tables.in(DELETE), old));
  }
}
