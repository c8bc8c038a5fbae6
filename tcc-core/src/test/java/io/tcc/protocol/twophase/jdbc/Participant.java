package io.tcc.protocol.twophase.jdbc;

import com.zaxxer.hikari.HikariDataSource;
import io.tcc.cluster.MovableClock;
import io.tcc.context.Frame;
import io.tcc.log.jdbc.JdbcBranchLog;
import io.tcc.log.jdbc.Schema;
import io.tcc.log.jdbc.SpringLocalTransactions;
import io.tcc.log.jdbc.Tables;
import io.tcc.testing.Database;
import io.tcc.transaction.Backoff;
import io.tcc.transaction.CallPath;
import io.tcc.transaction.CompletionAnswer;
import io.tcc.transaction.CompletionOrder;
import io.tcc.transaction.GlobalTransaction;
import io.tcc.transaction.Identifiers;
import io.tcc.transaction.Instance;
import io.tcc.transaction.Outcome;
import io.tcc.transaction.Site;
import io.tcc.transaction.Xid;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.TreeSet;
import java.util.UUID;
import org.springframework.jdbc.core.JdbcTemplate;
import org.springframework.jdbc.support.JdbcTransactionManager;

/** A service that is called, with one database, which is not the initiator's log. */
final class Participant implements AutoCloseable {

  static final Site HERE = new Site("inventory", "2".repeat(32));
  static final Site INITIATOR = new Site("order", "1".repeat(32));

  /** When clocks of tests stand still. */
  static final Instant BEGUN = Instant.parse("2026-01-01T00:00:00Z");

  static final Duration TIMEOUT = Duration.ofSeconds(30);
  static final Duration GRACE = Duration.ofSeconds(10);

  private static final String STOCK = "stock";

  final MovableClock clock;
  final HikariDataSource pool;
  final BranchDataSource dataSource;
  final JdbcTemplate sql;
  final TwoPhaseDatabase database;
  final DatabaseBranches branches;
  final TwoPhaseWork work;

  Participant(Database on, MovableClock clock) throws SQLException {
    this(on.newDataSource(4), clock);
  }

  Participant(HikariDataSource pool, MovableClock clock) throws SQLException {
    this.clock = clock;
    this.pool = pool;
    this.dataSource = new BranchDataSource(pool);
    Tables tables = Tables.withDefaultPrefix();
    new Schema(dataSource, tables).create();
    String product;
    try (Connection connection = pool.getConnection()) {
      product = connection.getMetaData().getDatabaseProductName();
    }
    this.database =
        new TwoPhaseDatabase(
            STOCK,
            dataSource,
            product,
            "tcc_vote",
            pool::evictConnection,
            new SpringLocalTransactions(new JdbcTransactionManager(dataSource), dataSource),
            false);
    Instance instance = new Instance(HERE, "inventory-1", clock, Participant::random);
    this.branches =
        new DatabaseBranches(
            List.of(database),
            instance,
            Duration.ofSeconds(1),
            GRACE,
            Duration.ofDays(7),
            new Backoff(Duration.ofSeconds(1), 2, Duration.ofSeconds(60), 20));
    this.work = new TwoPhaseWork(branches, new JdbcBranchLog(pool, tables, clock), instance);
    this.sql = new JdbcTemplate(dataSource);
  }

  static String random() {
    return UUID.randomUUID().toString().replace("-", "");
  }

  GlobalTransaction begin() {
    Identifiers identifiers = Participant::random;
    return new GlobalTransaction(new Xid(identifiers.next(BEGUN)), INITIATOR, BEGUN, TIMEOUT);
  }

  /** The first call of a transaction, as it is served here. */
  Frame call(GlobalTransaction transaction) {
    return new Frame(transaction, HERE, new CallPath("1"), random(), transaction.deadline(), false);
  }

  /** Work in the branch of a frame. */
  void in(Frame frame, Runnable body) {
    work.<Boolean, RuntimeException>execute(
        STOCK,
        frame,
        -1,
        () -> {
          body.run();
          return true;
        });
  }

  CompletionAnswer order(Outcome outcome, Xid xid, String... paths) {
    TreeSet<CallPath> all = new TreeSet<>();
    for (String path : paths) {
      all.add(new CallPath(path));
    }
    return branches.complete(new CompletionOrder(xid, BEGUN, outcome, HERE, all));
  }

  int available(String item) {
    // Another text each time: H2 answers from its memory what it has answered before.
    return sql.queryForObject(
        "select available from stock where item = ? and '" + random() + "' <> ''",
        Integer.class,
        item);
  }

  /** The names of everything that is prepared in the database. */
  List<String> inDoubt() throws SQLException {
    try (Connection connection = pool.getConnection()) {
      return database.preparing().inDoubt(connection, "");
    }
  }

  @Override
  public void close() {
    pool.close();
  }
}
