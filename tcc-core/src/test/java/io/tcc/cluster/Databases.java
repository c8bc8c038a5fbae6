package io.tcc.cluster;

import io.tcc.log.jdbc.Schema;
import io.tcc.log.jdbc.Tables;
import io.tcc.testing.Commit;
import io.tcc.testing.CommitListener;
import io.tcc.testing.Database;
import io.tcc.testing.TestDatabase;
import java.math.BigDecimal;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.UUID;
import org.springframework.jdbc.core.JdbcTemplate;
import org.springframework.jdbc.datasource.DataSourceTransactionManager;
import org.springframework.transaction.support.TransactionTemplate;

/**
 * The services {@code order} and {@code inventory}, with three and two databases that take part in
 * two-phase commit, one of which holds the service's log. Their processes can die and return.
 */
final class Databases implements AutoCloseable {

  static final int UNITS = 10;

  private static final Map<String, List<String>> SERVICES =
      new TreeMap<>(
          Map.of(
              "order", List.of(Node.LOG, "bank", "stock"),
              "inventory", List.of(Node.LOG, "stock")));
  private static final Map<String, Class<?>[]> BUSINESS =
      Map.of(
          "order", new Class<?>[] {Accounts.class, Shelf.class, Till.class, Orders.class},
          "inventory", new Class<?>[] {Accounts.class, Shelf.class, Seats.class});
  private static final int POOL = 4;
  private static final List<String> EMPTIED =
      List.of(
          "tcc_branch",
          "tcc_member",
          "tcc_decision",
          "tcc_heuristic",
          "tcc_audit",
          "account",
          "journal");

  private final TestDatabase kind;
  private final Network network = new Network();
  private final MovableClock clock = new MovableClock(Cluster.START);
  private final Map<String, Map<String, Database>> databases = new LinkedHashMap<>();
  private final Map<String, Node> nodes = new LinkedHashMap<>();
  private Crash crash = Crash.none();

  Databases(TestDatabase kind) {
    this.kind = kind;
    for (String service : SERVICES.keySet()) {
      Map<String, Database> own = new LinkedHashMap<>();
      for (String name : SERVICES.get(service)) {
        Database database = kind.create();
        own.put(name, database);
        new Schema(database.dataSource(), Tables.withDefaultPrefix()).create();
        JdbcTemplate sql = new JdbcTemplate(database.dataSource());
        sql.execute(Shelf.TABLE);
        sql.update("insert into shelf values (1, ?)", UNITS);
        if (name.equals(Node.LOG)) {
          for (String table : Accounts.TABLES) {
            sql.execute(table);
          }
        }
      }
      databases.put(service, own);
      start(service);
    }
    reset();
  }

  TestDatabase kind() {
    return kind;
  }

  MovableClock clock() {
    return clock;
  }

  Network network() {
    return network;
  }

  Node node(String service) {
    return nodes.get(service);
  }

  Orders orders() {
    return node("order").bean(Orders.class);
  }

  Shelf shelf() {
    return node("order").bean(Shelf.class);
  }

  Till till() {
    return node("order").bean(Till.class);
  }

  Accounts accounts() {
    return node("order").bean(Accounts.class);
  }

  /** Plain SQL, past everything. */
  JdbcTemplate sql(String service, String name) {
    return new JdbcTemplate(databases.get(service).get(name).dataSource());
  }

  /** Starts the service's process, in place of one that died. */
  Node start(String service) {
    Map<String, PreparingPool> pools = new LinkedHashMap<>();
    Node[] started = {null};
    CommitListener exposed =
        new CommitListener() {
          @Override
          public void beforeCommit(Commit commit) throws SQLException {
            if (started[0] != null) {
              crash.beforeCommit(started[0], commit);
            }
          }

          @Override
          public void afterCommit(Commit commit) throws SQLException {
            if (started[0] != null) {
              crash.afterCommit(started[0], commit);
            }
          }
        };
    databases
        .get(service)
        .forEach((name, database) -> pools.put(name, PreparingPool.to(database, POOL, exposed)));
    Node node =
        new Node(
            service, pools, network, clock, Cluster.LIMITS, Runnable::run, BUSINESS.get(service));
    started[0] = node;
    nodes.put(service, node);
    return node;
  }

  /** Starts one more process of the service, beside the one that runs. */
  Node startAnother(String service) {
    Node first = node(service);
    Node other = start(service);
    others.add(first);
    return other;
  }

  private final List<Node> others = new ArrayList<>();

  /** From now on, this goes wrong. */
  void expose(Crash what) {
    crash = what;
    network.intercept(what);
  }

  /** The dead return and every process recovers, time passing, until nothing is left to do. */
  void settle() {
    restartTheDead();
    for (int pass = 0; pass < 40 && !isSettled(); pass++) {
      clock.advance(Duration.ofSeconds(20));
      for (Node node : List.copyOf(nodes.values())) {
        try {
          node.recovery().runOnce();
        } catch (Crash.Death | RuntimeException e) {
          // A process that died returns; the next pass finds what this one left.
        }
      }
      restartTheDead();
    }
  }

  private void restartTheDead() {
    for (String service : SERVICES.keySet()) {
      if (node(service).isDead()) {
        node(service).close();
        start(service);
      }
    }
  }

  private boolean isSettled() {
    return violations().isEmpty();
  }

  /** Everything as it was in the beginning, whatever a test that failed has left. */
  void reset() {
    expose(Crash.none());
    databases.values().forEach(own -> own.values().forEach(this::rollBackPrepared));
    databases.forEach((service, own) -> own.forEach(this::reset));
  }

  /** In one transaction: servers flush at each commit. */
  private void reset(String name, Database database) {
    JdbcTemplate sql = new JdbcTemplate(database.dataSource());
    new TransactionTemplate(new DataSourceTransactionManager(database.dataSource()))
        .executeWithoutResult(
            status -> {
              sql.update("delete from tcc_vote");
              sql.update("update shelf set units = ? where id = 1", UNITS);
              if (name.equals(Node.LOG)) {
                for (String table : EMPTIED) {
                  sql.update("delete from " + table);
                }
                sql.update("insert into account values ('a', ?, 0, 0)", new BigDecimal(UNITS));
              }
            });
  }

  private void rollBackPrepared(Database database) {
    for (String gid : inDoubt(database)) {
      try (Connection connection = database.dataSource().getConnection();
          Statement statement = connection.createStatement()) {
        statement.execute(
            switch (kind) {
              case H2 -> "ROLLBACK TRANSACTION \"" + gid + '"';
              case POSTGRESQL -> "ROLLBACK PREPARED '" + gid + "'";
              case MARIADB ->
                  "XA ROLLBACK '" + gid.substring(0, 64) + "', '" + gid.substring(64) + "'";
            });
      } catch (SQLException e) {
        throw new IllegalStateException("Cannot end " + gid, e);
      }
    }
  }

  /** How many units were taken, such as {@code order/bank=1}; nothing where none was. */
  Map<String, Integer> taken() {
    Map<String, Integer> taken = new TreeMap<>();
    databases.forEach(
        (service, own) ->
            own.keySet()
                .forEach(
                    name -> {
                      int units = UNITS - number(service, name, "select units from shelf");
                      if (units != 0) {
                        taken.put(service + "/" + name, units);
                      }
                    }));
    for (String service : SERVICES.keySet()) {
      int spent = number(service, Node.LOG, "select spent from account");
      if (spent != 0) {
        taken.put(service + "/account", spent);
      }
    }
    return taken;
  }

  /** A number, not as H2 remembers it from the same question. */
  int number(String service, String name, String query) {
    return sql(service, name)
        .queryForObject(
            "select coalesce(sum(x), 0) from ("
                + query.replaceFirst(" from", " as x from")
                + ") y"
                + " where '"
                + UUID.randomUUID()
                + "' <> ''",
            Integer.class);
  }

  /** What is prepared anywhere. MariaDB lists that of the whole server. */
  Set<String> inDoubt() {
    Set<String> all = new TreeSet<>();
    databases.forEach(
        (service, own) -> own.forEach((name, database) -> all.addAll(inDoubt(database))));
    return all;
  }

  private List<String> inDoubt(Database database) {
    String query =
        switch (kind) {
          case H2 -> "select transaction_name from information_schema.in_doubt";
          case POSTGRESQL ->
              "select gid from pg_prepared_xacts where database = current_database()";
          case MARIADB -> "XA RECOVER";
        };
    List<String> gids = new ArrayList<>();
    try (Connection connection = database.dataSource().getConnection();
        Statement statement = connection.createStatement();
        ResultSet rows = statement.executeQuery(query)) {
      while (rows.next()) {
        gids.add(rows.getString(rows.getMetaData().getColumnCount()));
      }
      return gids;
    } catch (SQLException e) {
      throw new IllegalStateException(e);
    }
  }

  /** What has not ended, or not ended well. */
  List<String> violations() {
    List<String> found = new ArrayList<>();
    inDoubt().forEach(gid -> found.add("in doubt: " + gid));
    for (String service : SERVICES.keySet()) {
      for (String table : List.of("tcc_decision where state <> 'DONE'", "tcc_heuristic")) {
        if (number(service, Node.LOG, "select 1 from " + table) > 0) {
          found.add(service + ": there is a row in " + table);
        }
      }
      if (number(
              service,
              Node.LOG,
              """
              select 1 from tcc_branch
              where state in ('OPEN', 'TRYING', 'TRIED', 'READY', 'PRE_COMMITTED')""")
          > 0) {
        found.add(service + ": a branch is open");
      }
      if (number(service, Node.LOG, "select reserved from account") != 0) {
        found.add(service + ": a reservation hangs");
      }
    }
    return found;
  }

  /** That each process's pools have all their connections, and sound ones. */
  List<String> damagedPools() {
    List<String> found = new ArrayList<>();
    for (String service : SERVICES.keySet()) {
      for (String name : SERVICES.get(service)) {
        PreparingPool pool = node(service).pool(name);
        int busy = pool.pool().getHikariPoolMXBean().getActiveConnections();
        if (busy != 0) {
          found.add(service + "/" + name + ": " + busy + " connections were not given back");
        }
        try (Connection connection = pool.dataSource().getConnection()) {
          if (!connection.getAutoCommit() || !connection.isValid(1)) {
            found.add(service + "/" + name + ": a dirty connection");
          }
          try (Statement statement = connection.createStatement()) {
            statement.executeUpdate("update shelf set units = units where id = 1");
          }
        } catch (SQLException e) {
          found.add(service + "/" + name + ": " + e);
        }
      }
    }
    return found;
  }

  /** Durable commits of a service so far. */
  int commits(String service) {
    return SERVICES.get(service).stream()
        .mapToInt(name -> node(service).pool(name).counting().durableCommits().size())
        .sum();
  }

  @Override
  public void close() {
    nodes.values().forEach(Node::close);
    others.forEach(Node::close);
    databases.values().forEach(own -> own.values().forEach(Database::close));
  }
}
