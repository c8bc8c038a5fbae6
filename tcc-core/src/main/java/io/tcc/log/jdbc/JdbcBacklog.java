package io.tcc.log.jdbc;

import io.tcc.log.Backlog;
import io.tcc.transaction.Branch;
import io.tcc.transaction.Decision;
import java.util.List;
import java.util.Objects;
import javax.sql.DataSource;
import org.springframework.jdbc.core.JdbcTemplate;

/** The backlog in SQL. All statements find their rows through an index on the state. */
public final class JdbcBacklog implements Backlog {

  static final String SIZE =
      """
      select
        (select count(*) from tcc_decision where state = 'DRIVING') as driving_decisions,
        (select count(*) from tcc_decision where state in ('PARKED', 'DIVERGED'))
          as parked_decisions,
        (select count(*) from tcc_branch
          where state in %1$s and parked = 0) as open_branches,
        (select count(*) from tcc_branch
          where state in %1$s and parked = 1) as parked_branches"""
          .formatted(JdbcBranchLog.UNDECIDED);

  // The states are told, not passed, or PostgreSQL would not know that the index has them.
  private static final String DECISIONS =
      "select * from tcc_decision where state in (%s) order by begun_at limit ?";

  private static final String BRANCHES =
      """
      select * from tcc_branch where state in %s and parked = ?
      order by created_at limit ?"""
          .formatted(JdbcBranchLog.UNDECIDED);

  private final JdbcTemplate jdbc;
  private final Tables tables;
  private final RowReader<Decision> decisions;
  private final RowReader<Branch> branches;

  public JdbcBacklog(DataSource dataSource, Tables tables) {
    this.jdbc = new JdbcTemplate(dataSource);
    this.tables = tables;
    this.decisions = JdbcDecisionLog.reader(jdbc, tables);
    this.branches = JdbcBranchLog.reader(jdbc, tables);
  }

  @Override
  public Size size() {
    return Objects.requireNonNull(
        jdbc.queryForObject(
            tables.in(SIZE),
            (row, number) ->
                new Size(
                    row.getInt("driving_decisions"),
                    row.getInt("parked_decisions"),
                    row.getInt("open_branches"),
                    row.getInt("parked_branches"))));
  }

  @Override
  public List<Decision> drivingDecisions(int limit) {
    return decisions("'DRIVING'", limit);
  }

  @Override
  public List<Decision> parkedDecisions(int limit) {
    return decisions("'PARKED', 'DIVERGED'", limit);
  }

  private List<Decision> decisions(String states, int limit) {
    return decisions.readable(tables.in(DECISIONS.formatted(states)), row -> {}, limit);
  }

  @Override
  public List<Branch> openBranches(int limit) {
    return branches(0, limit);
  }

  @Override
  public List<Branch> parkedBranches(int limit) {
    return branches(1, limit);
  }

  private List<Branch> branches(int parked, int limit) {
    return branches.readable(tables.in(BRANCHES), row -> {}, parked, limit);
  }
}
