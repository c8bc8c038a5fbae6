package io.tcc.behaviour;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.zaxxer.hikari.HikariDataSource;
import io.tcc.cluster.Cluster;
import io.tcc.cluster.Network;
import io.tcc.cluster.Network.BrokenConnectionException;
import io.tcc.cluster.Node;
import io.tcc.context.Frame;
import io.tcc.engine.Limits;
import io.tcc.engine.Operator;
import io.tcc.testing.TestDatabase;
import io.tcc.transaction.CallPath;
import io.tcc.transaction.CompletionAnswer;
import io.tcc.transaction.CompletionOrder;
import io.tcc.transaction.Enlisted;
import io.tcc.transaction.Outcome;
import io.tcc.transaction.TransactionEvent;
import io.tcc.transaction.Xid;
import io.tcc.transport.CallContext;
import java.math.BigDecimal;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeSet;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicReference;
import javax.sql.DataSource;
import org.awaitility.core.ConditionTimeoutException;
import org.jspecify.annotations.Nullable;
import org.springframework.jdbc.core.JdbcTemplate;

/**
 * A shop, the service {@code order}, which starts the global transactions, and the service {@code
 * inventory}, which it calls. Both have a {@link Stock} of the items a to d.
 */
final class Scene implements AutoCloseable {

  static final String ORDER = "order";
  static final String INVENTORY = "inventory";

  private static final BigDecimal AMOUNT = new BigDecimal("10.00");

  /** With these, nobody who hangs is given up while a test runs. */
  static final Limits PATIENT =
      new Limits(
          Duration.ofMinutes(2),
          Duration.ofMinutes(2),
          Duration.ofMinutes(4),
          Cluster.LIMITS.backoff(),
          Cluster.LIMITS.batch(),
          Cluster.LIMITS.retention());

  /** How many of an item there are in which state. */
  record Balance(int available, int reserved, int spent) {}

  static final Balance UNTOUCHED = new Balance(10, 0, 0);
  static final Balance RESERVED = new Balance(9, 1, 0);
  static final Balance SPENT = new Balance(9, 0, 1);

  /** How a call was served, and what the caller is told of it. */
  record Served(@Nullable Throwable thrown, Enlisted enlisted) {}

  private final Cluster cluster;

  private final Map<String, TestDatabase> kinds;

  private Scene(Cluster cluster, Map<String, TestDatabase> kinds) {
    this.cluster = cluster;
    this.kinds = kinds;
  }

  /**
   * The scene on two databases of a kind.
   *
   * @param participants of both services, besides {@link Stock}
   */
  static Scene on(TestDatabase kind, Class<?>... participants) {
    return on(kind, Runnable::run, Cluster.LIMITS, participants);
  }

  static Scene on(TestDatabase kind, Executor executor, Limits limits, Class<?>... participants) {
    return on(kind, kind, new Cluster(executor, limits, 6), participants);
  }

  static Scene on(
      TestDatabase orders, TestDatabase inventories, Cluster cluster, Class<?>... participants) {
    Scene scene = new Scene(cluster, Map.of(ORDER, orders, INVENTORY, inventories));
    cluster.add(ORDER, orders, and(participants, Stock.class, Shop.class));
    cluster.add(INVENTORY, inventories, and(participants, Stock.class));
    cluster.reset(AMOUNT);
    for (String service : List.of(ORDER, INVENTORY)) {
      scene
          .sql(service)
          .update(
              "insert into account values ('b', ?, 0, 0), ('c', ?, 0, 0), ('d', ?, 0, 0)",
              AMOUNT,
              AMOUNT,
              AMOUNT);
    }
    return scene;
  }

  private static Class<?>[] and(Class<?>[] some, Class<?>... others) {
    Class<?>[] all = Arrays.copyOf(some, some.length + others.length);
    System.arraycopy(others, 0, all, some.length, others.length);
    return all;
  }

  Cluster cluster() {
    return cluster;
  }

  Network network() {
    return cluster.network();
  }

  Node order() {
    return cluster.node(ORDER);
  }

  Node inventory() {
    return cluster.node(INVENTORY);
  }

  Shop shop() {
    return order().bean(Shop.class);
  }

  Stock stock(String service) {
    return cluster.node(service).bean(Stock.class);
  }

  JdbcTemplate sql(String service) {
    return cluster.sql(service);
  }

  TestDatabase kind(String service) {
    return kinds.get(service);
  }

  /** How many connections the service holds at this moment. */
  int connectionsInUse(String service) {
    DataSource pool = Objects.requireNonNull(sql(service).getDataSource());
    return ((HikariDataSource) pool).getHikariPoolMXBean().getActiveConnections();
  }

  /** The console of a process. */
  static Operator operator(Node node) {
    return node.operator();
  }

  void advance(Duration by) {
    cluster.clock().advance(by);
  }

  /** A Try of the initiator itself. */
  void reserveHere(String item) {
    stock(ORDER).reserve(item);
  }

  /** A call to the inventory, which does a Try. */
  void reserveThere(String item) {
    call(inventory -> inventory.bean(Stock.class).reserve(item));
  }

  /** A call to the inventory. */
  void call(java.util.function.Consumer<Node> handler) {
    network()
        .call(
            order(),
            INVENTORY,
            node -> {
              handler.accept(node);
              return "";
            });
  }

  /** The initiator's frame; inside of a global transaction. */
  Frame frame() {
    return order().context().current().orElseThrow();
  }

  Xid xid() {
    return frame().transaction().xid();
  }

  /** From now on, orders to complete are lost on their way. */
  void loseOrders() {
    network()
        .intercept(
            (what, from, to) -> {
              if (what.equals("COMMIT") || what.equals("ABORT")) {
                throw new BrokenConnectionException(what + " was lost");
              }
            });
  }

  /** A transaction that is committed, and reserved an item at the inventory, which is not told. */
  Xid committedButNotTold(String item) throws Throwable {
    AtomicReference<Xid> xid = new AtomicReference<>();
    loseOrders();
    shop()
        .buy(
            () -> {
              xid.set(xid());
              reserveThere(item);
            });
    loseNothing();
    return xid.get();
  }

  /** From now on, every message arrives. */
  void loseNothing() {
    network().intercept((what, from, to) -> {});
  }

  /** What the initiator would tell a callee with the call. */
  CallContext contextOf(Frame.Call call) {
    return CallContext.of(frame(), call.path(), cluster.clock().instant());
  }

  /** Serves a call that carries the context, as a carrier does, without telling the caller. */
  Served serve(Node node, CallContext context, Shop.Body body) {
    Frame served = context.open(node.instance(), cluster.clock().instant(), Duration.ofSeconds(5));
    Throwable thrown = null;
    try {
      node.context()
          .<String, Throwable>callIn(
              served,
              () -> {
                body.run();
                return "";
              });
    } catch (Throwable e) {
      thrown = e;
    }
    Enlisted enlisted = served.enlisted();
    served.close();
    return new Served(thrown, enlisted);
  }

  /** Orders the inventory to complete calls of a transaction, as a driver does. */
  CompletionAnswer orderInventory(Outcome outcome, Xid xid, CallPath... calls) {
    return orderToComplete(inventory(), outcome, xid, calls);
  }

  CompletionAnswer orderToComplete(Node to, Outcome outcome, Xid xid, CallPath... calls) {
    return to.system()
        .completion()
        .complete(
            new CompletionOrder(
                xid,
                cluster.clock().instant(),
                outcome,
                to.instance().site(),
                new TreeSet<>(List.of(calls))));
  }

  Balance balance(String service, String item) {
    return sql(service)
        .queryForObject(
            "select * from account where id = ?",
            (row, n) ->
                new Balance(
                    row.getBigDecimal("available").intValueExact(),
                    row.getBigDecimal("reserved").intValueExact(),
                    row.getBigDecimal("spent").intValueExact()),
            item);
  }

  /** The initiator's decisions, such as {@code COMMIT DONE}. */
  List<String> decisions() {
    return sql(ORDER)
        .queryForList(
            "select concat(outcome, ' ', state) from tcc_decision order by created_at, xid",
            String.class);
  }

  /** The rows of a service, such as {@code 1/1 stock TRIED}; a fence is a row of ordinal 0. */
  List<String> branches(String service) {
    return sql(service)
        .query(
            "select * from tcc_branch order by xid, path, ordinal",
            (row, n) ->
                row.getString("path")
                    + "/"
                    + row.getInt("ordinal")
                    + (row.getString("participant") == null
                        ? ""
                        : " " + row.getString("participant"))
                    + " "
                    + row.getString("state"));
  }

  /** The events of a type that the initiator has published. */
  <E extends TransactionEvent> List<E> eventsHere(Class<E> type) {
    return events(order(), type);
  }

  static <E extends TransactionEvent> List<E> events(Node node, Class<E> type) {
    return node.events().stream().filter(type::isInstance).map(type::cast).toList();
  }

  /**
   * Waits until somebody waits for a lock in the service's database.
   *
   * @throws ConditionTimeoutException if nobody does
   */
  void awaitSomebodyWaitingForALock(String service) {
    TestDatabase kind = kinds.get(service);
    String waiting =
        switch (kind) {
          case H2 -> // An insertion that meets another's is repeated, and names no blocker.
              """
              select count(*) from information_schema.sessions where session_id <> session_id()
                and (blocker_id is not null or executing_statement is not null
                  and executing_statement_start < dateadd(millisecond, -50, localtimestamp))""";
          case POSTGRESQL ->
              """
              select count(*) from pg_stat_activity
              where datname = current_database() and wait_event_type = 'Lock'""";
          case MARIADB ->
              "select count(*) from information_schema.innodb_trx where trx_state = 'LOCK WAIT'";
        };
    // MariaDB answers from a cache that it renews only if nobody has looked for 100 ms.
    await()
        .pollInterval(Duration.ofMillis(kind == TestDatabase.MARIADB ? 150 : 5))
        .atMost(Duration.ofSeconds(60))
        .until(() -> sql(service).queryForObject(waiting, Integer.class) > 0);
  }

  /** Everything ends: nothing is open, nothing was done twice, no reservation hangs. */
  void endsWell() {
    cluster.settle();
    isSound();
  }

  /** Nothing is open, nothing was done twice, no reservation hangs. */
  void isSound() {
    assertThat(cluster.violations(AMOUNT)).isEmpty();
  }

  @Override
  public void close() {
    cluster.close();
  }
}
