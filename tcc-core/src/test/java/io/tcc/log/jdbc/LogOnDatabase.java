package io.tcc.log.jdbc;

import io.tcc.cluster.MovableClock;
import io.tcc.testing.Database;
import io.tcc.transaction.Decision;
import io.tcc.transaction.DecisionState;
import io.tcc.transaction.Enlistment;
import io.tcc.transaction.GlobalTransaction;
import io.tcc.transaction.Identifiers;
import io.tcc.transaction.Outcome;
import io.tcc.transaction.Site;
import io.tcc.transaction.Xid;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import java.util.function.Supplier;
import javax.sql.DataSource;
import org.springframework.jdbc.core.JdbcTemplate;
import org.springframework.jdbc.support.JdbcTransactionManager;

/** A new log on a test's database: its ports, a clock that is moved, and plain SQL behind all. */
final class LogOnDatabase {

  static final Instant START = Instant.parse("2026-01-01T00:00:00Z");
  static final Duration LIMIT = Duration.ofSeconds(5);
  static final Site HERE = new Site("order", "0123456789abcdef0123456789abcdef");
  static final Site ELSEWHERE = new Site("inventory", "fedcba9876543210fedcba9876543210");

  /** Far beyond any time that these tests know. */
  static final Duration RETENTION = Duration.ofDays(36_500);

  final MovableClock clock = new MovableClock(START);
  final DataSource dataSource;
  final JdbcTemplate sql;
  final JdbcDecisionLog decisions;
  final JdbcBranchLog branches;
  final JdbcBacklog backlog;
  final JdbcMessageLog messages;
  final JdbcInboxLog inbox;
  final SpringLocalTransactions local;

  LogOnDatabase(Database database) {
    this(database.dataSource());
  }

  LogOnDatabase(DataSource dataSource) {
    Tables tables = Tables.withDefaultPrefix();
    Schema schema = new Schema(dataSource, tables);
    schema.create();
    schema.logId(HERE::log, clock);
    this.dataSource = dataSource;
    this.sql = new JdbcTemplate(dataSource);
    this.decisions = new JdbcDecisionLog(dataSource, tables, clock, RETENTION);
    this.branches = new JdbcBranchLog(dataSource, tables, clock);
    this.backlog = new JdbcBacklog(dataSource, tables);
    this.messages = new JdbcMessageLog(dataSource, tables, clock);
    this.inbox = new JdbcInboxLog(dataSource, tables, clock);
    this.local = new SpringLocalTransactions(new JdbcTransactionManager(dataSource), dataSource);
  }

  /** The same decisions, under another clock and retention. */
  JdbcDecisionLog decisionsWith(Clock other, Duration retention) {
    return new JdbcDecisionLog(dataSource, Tables.withDefaultPrefix(), other, retention);
  }

  /** Runs the work in a local transaction of its own. */
  <T> T separate(Supplier<T> work) {
    return local.separate(LIMIT, work);
  }

  /** As {@link #separate}. */
  void separately(Runnable work) {
    local.separate(
        LIMIT,
        () -> {
          work.run();
          return true;
        });
  }

  static String random() {
    return UUID.randomUUID().toString().replace("-", "");
  }

  static GlobalTransaction transaction() {
    return begun(START);
  }

  static GlobalTransaction begun(Instant time) {
    return new GlobalTransaction(xid(time), HERE, time, Duration.ofSeconds(30));
  }

  static Xid xid(Instant time) {
    Identifiers identifiers = LogOnDatabase::random;
    return new Xid(identifiers.next(time));
  }

  /** COMMIT of a new transaction with one branch elsewhere, due at an instant. */
  static Decision commit(Instant nextAttempt) {
    return decision(transaction(), Outcome.COMMIT, DecisionState.DRIVING, nextAttempt);
  }

  static Decision decision(
      GlobalTransaction transaction, Outcome outcome, DecisionState state, Instant nextAttempt) {
    return new Decision(
        transaction,
        "purchase",
        outcome,
        state,
        Enlistment.read(ELSEWHERE + "=1"),
        Set.of(),
        "order-1",
        1,
        0,
        nextAttempt,
        null);
  }

  /** Tables that a test may use as business tables. */
  void createBusinessTable() {
    sql.execute("create table business (id int primary key, amount int not null)");
  }

  List<Integer> businessRows() {
    return sql.queryForList("select id from business order by id", Integer.class);
  }
}
