package io.tcc.log.jdbc;

import static io.tcc.log.jdbc.LogOnDatabase.HERE;
import static io.tcc.log.jdbc.LogOnDatabase.START;
import static org.assertj.core.api.Assertions.assertThat;

import io.tcc.testing.Database;
import io.tcc.testing.EveryDatabase;
import io.tcc.testing.TestDatabase;
import io.tcc.transaction.Branch;
import io.tcc.transaction.BranchId;
import io.tcc.transaction.Decision;
import io.tcc.transaction.Identifiers;
import io.tcc.transaction.Xid;
import java.time.Duration;
import java.time.Instant;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * The log with 100,000 pending decisions and as many pending calls: what is done again and again
 * reads its page through an index, and nothing else.
 */
class ManyRowsTest {

  private static final int ROWS = Math.min(100_000, Integer.getInteger("tcc.rows", 20_000));
  private static final int PAGE = 100;
  private static final Instant NOW = START.plus(Duration.ofDays(1));

  /** Nothing is that old. */
  private static final Instant YOUNG = START.minus(Duration.ofDays(1));

  /** The numbers below {@link #ROWS}, on every database. */
  private static final String NUMBERS =
      """
      (select a.d + 10 * b.d + 100 * c.d + 1000 * e.d + 10000 * f.d as n
      from digit a, digit b, digit c, digit e, digit f) numbers
      where n < %d"""
          .formatted(ROWS);

  private static final String PENDING_DECISIONS =
      """
      insert into tcc_decision (xid, name, outcome, state, initiator, enlisted, acknowledged,
        begun_at, timeout_ms, attempts, next_attempt, owner, epoch, created_at, updated_at)
      select lpad(cast(n + 100000 as char(6)), 32, '0'), 'purchase', 'COMMIT', 'DRIVING', ?,
        'inventory=1', '', ?, 30000, 0, ?, 'order-1', 1, ?, ?
      from """
          + NUMBERS;

  private static final String FENCES =
      """
      insert into tcc_branch (xid, path, ordinal, site, state, token, initiator, begun_at, timeout_ms,
        attempts, parked, created_at, updated_at)
      select lpad(cast(n + 100000 as char(6)), 32, '0'), '1', 0, 'inventory', 'OPEN', 'nonce', ?, ?, 30000, 0, 0, ?, ?
      from """
          + NUMBERS;

  private static final String PENDING_BRANCHES =
      """
      insert into tcc_branch (xid, path, ordinal, site, protocol, participant, state, token, arguments,
        initiator, begun_at, timeout_ms, deadline, attempts, next_check, parked, created_at,
        updated_at)
      select lpad(cast(n + 100000 as char(6)), 32, '0'), '1', 1, 'inventory', 'TCC', 'stock', 'TRIED', 'token', '{}',
        ?, ?, 30000, ?, 0, ?, 0, ?, ?
      from """
          + NUMBERS;

  /** All but one in a hundred is finished. */
  private static final String MEMBERS =
      """
      insert into tcc_member (xid, site, state, epoch, initiator, begun_at, timeout_ms, paths, peers,
        asked, diverged, attempts, next_check, changed_at, updated_at)
      select lpad(cast(n + 100000 as char(6)), 32, '0'), 'inventory',
        case mod(n, 100) when 0 then 'READY' else 'COMMITTED' end, 1, 'order', %1$s, 30000, '', '', '', 0,
        0, case mod(n, 100) when 0 then %1$s else null end, %1$s, %1$s
      from """
              .formatted(Plan.literal(START))
          + NUMBERS;

  private static final String FINISH =
      """
      update tcc_branch set next_check = null, state = case when xid like '%101' and ordinal = 0 then 'ABORTED'
        when ordinal = 0 then 'COMMITTED' else 'CONFIRMED' end
      """;

  private static void fill(LogOnDatabase log) {
    Object start = Times.column(START);
    String here = HERE.toString();
    log.sql.execute("create table digit (d int)");
    log.sql.execute("insert into digit values (0),(1),(2),(3),(4),(5),(6),(7),(8),(9)");
    log.sql.update(PENDING_DECISIONS, here, start, start, start, start);
    log.sql.update(FENCES, here, start, start, start);
    log.sql.update(PENDING_BRANCHES, here, start, start, start, start, start);
    log.sql.update(MEMBERS);
  }

  @EveryDatabase
  void whatIsDueIsTakenAndWhatIsOldIsPurgedInPagesThroughAnIndex(
      TestDatabase kind, Database database) {
    LogOnDatabase log = new LogOnDatabase(database);
    Plan plan = new Plan(kind, log);
    fill(log);
    plan.analyze("tcc_decision", "tcc_branch", "tcc_member");

    String xid = "'" + "0".repeat(26) + "154321'";
    String key = key("tcc_branch", kind);
    Dialect dialect = Dialect.of(database.dataSource());
    plan.isAPageThrough("tcc_decision_due", JdbcDecisionLog.DUE, NOW, PAGE);
    plan.isAPageThrough("tcc_branch_due", JdbcBranchLog.DUE.formatted(dialect.upTo()), NOW, PAGE);
    plan.isAPageThrough("tcc_member_due", JdbcMemberLog.DUE.formatted(dialect.upTo()), NOW, PAGE);
    plan.isThrough(key, JdbcBranchLog.OPEN, xid);
    plan.isThrough(key, JdbcBranchLog.LOCK_FENCES, xid);
    List<String> batch =
        IntStream.range(0, PAGE).mapToObj(i -> "%032d".formatted(100_000 + i)).toList();
    plan.isThrough(
        key("tcc_decision", kind),
        JdbcDecisionLog.CLOSE.formatted(dialect.isAmong("xid", PAGE)),
        Stream.concat(
                Stream.of("''", NOW, 1),
                dialect.among(batch).stream().map(each -> "'" + each + "'"))
            .toArray());
    takenInPages(log);

    finish(log);
    plan.analyze("tcc_decision", "tcc_branch");
    plan.isThrough(
        key("tcc_decision", kind),
        JdbcDecisionLog.OLD,
        "'" + Identifiers.beginning(NOW) + "'",
        NOW,
        PAGE);
    plan.isAPageThrough("tcc_branch_age", JdbcBranchLog.OLD_CALLS, "'COMMITTED'", NOW, NOW, PAGE);
    plan.isAPageThrough(
        "tcc_branch_age", JdbcBranchLog.OLD_CALLS, "'COMMITTED'", YOUNG, YOUNG, PAGE);
    plan.isAPageThrough("tcc_branch_age", JdbcBranchLog.OLD_CALLS, "'ABORTED'", YOUNG, YOUNG, PAGE);
    plan.isAPageThrough("tcc_member_age", JdbcMemberLog.OLD, "'COMMITTED'", YOUNG, PAGE);
    purgedInPages(log);
    whatIsOpenIsCountedThroughIndexes(log, plan);
  }

  /** Once most is done: the metrics ask for it again and again. */
  private static void whatIsOpenIsCountedThroughIndexes(LogOnDatabase log, Plan plan) {
    log.sql.update("update tcc_decision set state = 'DONE' where xid not like '%77'");
    log.sql.update(FINISH + "where xid not like '%77'");
    plan.analyze("tcc_decision", "tcc_branch");
    plan.isThrough("tcc_decision_due", JdbcBacklog.SIZE);
  }

  private static String key(String table, TestDatabase kind) {
    return kind == TestDatabase.POSTGRESQL ? table + "_pkey" : "primary";
  }

  private static void takenInPages(LogOnDatabase log) {
    Set<Xid> decisions = new HashSet<>();
    Set<BranchId> branches = new HashSet<>();
    for (int page = 1; page <= 3; page++) {
      List<Decision> taken =
          log.separate(() -> log.decisions.claimDue("order-2", NOW, NOW.plusSeconds(60), PAGE));
      List<Branch> asking =
          log.separate(() -> log.branches.claimDue(NOW, NOW.plusSeconds(60), PAGE));
      taken.forEach(each -> decisions.add(each.xid()));
      asking.forEach(each -> branches.add(each.id()));
      assertThat(decisions).hasSize(page * PAGE);
      assertThat(branches).hasSize(page * PAGE);
    }
  }

  /** One call in ten is finished; of these, one in ten has an open branch, and one is young. */
  private static void finish(LogOnDatabase log) {
    log.sql.update("update tcc_decision set state = 'DONE' where xid like '%1'");
    log.sql.update(FINISH + "where xid like '%1'");
    log.sql.update("update tcc_branch set state = 'TRIED' where ordinal = 1 and xid like '%71'");
    Object young = Times.column(NOW);
    log.sql.update("update tcc_branch set updated_at = ? where xid like '%81'", young);
    log.sql.update("update tcc_decision set begun_at = ? where xid like '%81'", young);
  }

  private static void purgedInPages(LogOnDatabase log) {
    Instant old = START.plusSeconds(1);
    for (int page = 1; page <= 3; page++) {
      assertThat(log.<Integer>separate(() -> log.decisions.purge(old, PAGE))).isEqualTo(PAGE);
      assertThat(log.<Integer>separate(() -> log.branches.purge(old, PAGE))).isEqualTo(2 * PAGE);
    }
    assertThat(count(log, "tcc_decision")).isEqualTo(ROWS - 3 * PAGE);
    assertThat(count(log, "tcc_branch")).isEqualTo(2 * ROWS - 6 * PAGE);
    assertThat(count(log, "tcc_branch where xid like '%71' or xid like '%81'"))
        .isEqualTo(2 * 2 * ROWS / 100);
    assertThat(count(log, "tcc_decision where xid like '%81'")).isEqualTo(ROWS / 100);
    assertThat(count(log, "tcc_branch where xid not like '%1'")).isEqualTo(2 * ROWS * 9 / 10);
  }

  private static int count(LogOnDatabase log, String what) {
    return log.sql.queryForObject("select count(*) from " + what, Integer.class);
  }
}
