package io.tcc.cluster;

import static java.util.stream.Collectors.joining;

import io.tcc.engine.Limits;
import io.tcc.testing.Commit;
import io.tcc.testing.CommitListener;
import io.tcc.testing.CountingDataSource;
import io.tcc.testing.Database;
import io.tcc.testing.TestDatabase;
import io.tcc.transaction.Backoff;
import io.tcc.transaction.BranchState;
import java.math.BigDecimal;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Executor;
import java.util.stream.Stream;
import javax.sql.DataSource;
import org.springframework.jdbc.core.JdbcTemplate;
import org.springframework.jdbc.datasource.DataSourceTransactionManager;
import org.springframework.transaction.support.TransactionTemplate;

/** Several services in this JVM, each with its own database, whose processes can die and return. */
public final class Cluster implements AutoCloseable {

  private static final String TERMINAL =
      Arrays.stream(BranchState.values())
          .filter(BranchState::isTerminal)
          .map(state -> "'" + state + "'")
          .collect(joining(", ", "(", ")"));

  /** Bounds that suit tests with a clock that is moved. */
  public static final Limits LIMITS =
      new Limits(
          Duration.ofSeconds(5),
          Duration.ofSeconds(5),
          Duration.ofSeconds(60),
          new Backoff(Duration.ofSeconds(1), 2, Duration.ofSeconds(60), 20),
          100,
          Duration.ofDays(7));

  private static final String UNFINISHED =
      "(state in ('HELD', 'PENDING') or state = 'SENT' and next_attempt is not null)";

  private static final List<String> EMPTIED =
      List.of(
          "tcc_decision",
          "tcc_branch",
          "tcc_member",
          "tcc_message",
          "tcc_inbox",
          "account",
          "journal");

  private final Network network = new Network();

  /** Ahead of the databases' own clocks, so that only the test's clock tells when time is over. */
  static final Instant START = Instant.parse("2099-01-01T00:00:00Z");

  private final Map<String, Member> members = new LinkedHashMap<>();
  private final MovableClock clock;
  private final Executor executor;

  private final Limits limits;
  private final int poolSize;
  private Duration connectionTimeout = Database.CONNECTION_TIMEOUT;

  private final class Member {
    private final Database database;
    private final DataSource pool;
    private final Cable cable;
    private final List<Node> others = new ArrayList<>();
    private Class<?>[] business;
    private Crash crash = Crash.none();
    private CommitListener observer = new CommitListener() {};
    private Node node;

    private Member(Database database, Class<?>[] business) {
      this.database = database;
      this.pool = database.newDataSource(poolSize, connectionTimeout);
      this.cable = new Cable(pool);
      this.business = business;
    }
  }

  public Cluster() {
    this(Runnable::run);
  }

  /**
   * @param executor of all nodes
   */
  public Cluster(Executor executor) {
    this(executor, LIMITS, 4);
  }

  /**
   * @param executor of all nodes
   * @param poolSize most connections that each service holds
   */
  public Cluster(Executor executor, Limits limits, int poolSize) {
    this(executor, limits, poolSize, START);
  }

  /**
   * @param now what the clock of all nodes tells at first
   */
  public Cluster(Executor executor, Limits limits, int poolSize, Instant now) {
    this.clock = new MovableClock(now);
    this.executor = executor;
    this.limits = limits;
    this.poolSize = poolSize;
  }

  public MovableClock clock() {
    return clock;
  }

  public Network network() {
    return network;
  }

  public Node node(String service) {
    return members.get(service).node;
  }

  /** How long services that are added from now on wait for a connection, in real time. */
  public Cluster waitForConnections(Duration longest) {
    connectionTimeout = longest;
    return this;
  }

  /** Adds a service on a new database with empty {@link Accounts} tables. */
  public Node add(String service, TestDatabase kind, Class<?>... business) {
    Member member = new Member(kind.create(), business);
    members.put(service, member);
    JdbcTemplate sql = new JdbcTemplate(member.pool);
    for (String table : Accounts.TABLES) {
      sql.execute(table);
    }
    return start(service);
  }

  /** Starts the service's process, in place of one that died. */
  public Node start(String service) {
    Member member = members.get(service);
    CommitListener exposed =
        new CommitListener() {
          @Override
          public void beforeCommit(Commit commit) throws SQLException {
            if (member.node != null) {
              member.crash.beforeCommit(member.node, commit);
              member.observer.beforeCommit(commit);
            }
          }

          @Override
          public void afterCommit(Commit commit) throws SQLException {
            if (member.node != null) {
              member.crash.afterCommit(member.node, commit);
              member.observer.afterCommit(commit);
            }
          }
        };
    Crash during = member.crash;
    member.crash = Crash.none();
    member.node = newNode(service, member, exposed);
    member.crash = during;
    return member.node;
  }

  /** Starts the service's process anew with other code: what was deployed before ends. */
  public Node deploy(String service, Class<?>... business) {
    Member member = members.get(service);
    member.node.close();
    member.business = business;
    return start(service);
  }

  /** Starts one more process of the service on the same database; calls go to it from now on. */
  public Node startAnother(String service) {
    Member member = members.get(service);
    Node other = newNode(service, member);
    member.others.add(other);
    return other;
  }

  private Node newNode(String service, Member member, CommitListener... listeners) {
    CountingDataSource counting = new CountingDataSource(member.cable, listeners);
    return new Node(service, counting, network, clock, limits, executor, member.business);
  }

  /** Gets between the service's process and its commits, those of {@link #startAnother} apart. */
  public void observe(String service, CommitListener observer) {
    members.get(service).observer = observer;
  }

  /** The line between a service and its database. */
  public Cable cable(String service) {
    return members.get(service).cable;
  }

  /** From now on, this goes wrong. */
  void expose(Crash crash) {
    members.values().forEach(member -> member.crash = crash);
    network.intercept(crash);
  }

  /** The dead return and every process recovers, time passing, until nothing is left to do. */
  public void settle() {
    restartTheDead();
    for (int pass = 0; pass < 40 && !isSettled(); pass++) {
      clock.advance(Duration.ofSeconds(20));
      for (Member member : members.values()) {
        try {
          member.node.recovery().runOnce();
          member.node.outbox().relay().runOnce();
        } catch (Crash.Death | RuntimeException e) {
          // A process that died returns; the next pass finds what this one left.
        }
      }
      restartTheDead();
    }
  }

  private void restartTheDead() {
    members.forEach(
        (service, member) -> {
          if (member.node.isDead()) {
            member.node.close();
            start(service);
          }
        });
  }

  private boolean isSettled() {
    return members.values().stream()
        .allMatch(
            member -> {
              JdbcTemplate sql = new JdbcTemplate(member.pool);
              return count(sql, "select count(*) from tcc_decision where state <> 'DONE'") == 0
                  && count(sql, "select count(*) from tcc_branch where state not in " + TERMINAL)
                      == 0
                  && count(sql, "select count(*) from tcc_message where " + UNFINISHED) == 0;
            });
  }

  /** Empties all tables and puts the same amount on one account of each service. */
  public void reset(BigDecimal amount) {
    for (Member member : members.values()) {
      JdbcTemplate sql = new JdbcTemplate(member.pool);
      // In one transaction: servers flush at each commit.
      new TransactionTemplate(new DataSourceTransactionManager(member.pool))
          .executeWithoutResult(
              status -> {
                for (String table : EMPTIED) {
                  sql.update("delete from " + table);
                }
                sql.update("insert into account values ('a', ?, 0, 0)", amount);
              });
    }
  }

  /** Plain SQL on a service's database, past any process. */
  public JdbcTemplate sql(String service) {
    return new JdbcTemplate(members.get(service).pool);
  }

  public Stream<String> services() {
    return members.keySet().stream();
  }

  /** What is wrong, told by SQL alone; empty if nothing is. */
  public List<String> violations(BigDecimal amount) {
    List<String> found = new ArrayList<>();
    for (String service : members.keySet()) {
      JdbcTemplate sql = sql(service);
      sql.queryForList("select * from account")
          .forEach(
              row -> {
                BigDecimal available = (BigDecimal) row.get("available");
                BigDecimal reserved = (BigDecimal) row.get("reserved");
                BigDecimal spent = (BigDecimal) row.get("spent");
                if (available.add(reserved).add(spent).compareTo(amount) != 0) {
                  found.add(service + ": money was not conserved: " + row);
                }
                if (reserved.signum() != 0) {
                  found.add(service + ": a reservation hangs: " + row);
                }
              });
      sql.queryForList("select branch from journal group by branch having count(*) > 1")
          .forEach(row -> found.add(service + ": completed twice: " + row));
      sql.queryForList("select * from tcc_branch where state not in " + TERMINAL)
          .forEach(row -> found.add(service + ": a branch is open: " + row));
      sql.queryForList("select * from tcc_decision where state <> 'DONE'")
          .forEach(row -> found.add(service + ": a decision is open: " + row));
      sql.queryForList("select id, state from tcc_message where " + UNFINISHED)
          .forEach(row -> found.add(service + ": a message is open: " + row));
    }
    return found;
  }

  private static long count(JdbcTemplate sql, String query) {
    Long count = sql.queryForObject(query, Long.class);
    return count == null ? 0 : count;
  }

  @Override
  public void close() {
    for (Member member : members.values()) {
      member.node.close();
      member.others.forEach(Node::close);
      member.database.close();
    }
  }
}
