package io.tcc.sample.order;

import static org.assertj.core.api.Assertions.assertThat;

import io.tcc.testing.TestDatabase;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Both sample services as real processes, purchases from several threads, and SIGKILL again and
 * again, now to one service, now to the other. Afterwards plain SQL on both databases says whether
 * every purchase is whole. {@code -Dtcc.kills=100} sets how many kills. Most purchases are TCC's;
 * {@code -Dtcc.kills.prepared=2} lets databases prepare every second one, {@code
 * -Dtcc.kills.checked=3} makes every third of the others by 3PC; {@code -Dtcc.kills.instances=2}
 * lets the order service run twice, and a killed process stay away for up to eight seconds.
 */
class KillIT {

  private static final int KILLS = Integer.getInteger("tcc.kills", 5);

  /** One purchase of so many is made by 3PC; 0 for none. */
  private static final int CHECKED = Integer.getInteger("tcc.kills.checked", 0);

  /** One purchase of so many is made by databases that prepare; 0 for none. */
  private static final int PREPARED = Integer.getInteger("tcc.kills.prepared", 5);

  /**
   * Items that those buy: what a database has prepared keeps the row of its item from everybody
   * else.
   */
  private static final int ITEMS = 100;

  /** What is prepared and neither committed nor rolled back; its name is in the last column. */
  private static final Map<TestDatabase, String> IN_DOUBT =
      Map.of(
          TestDatabase.H2,
          "select transaction_name from information_schema.in_doubt",
          TestDatabase.POSTGRESQL,
          "select gid from pg_prepared_xacts where database = current_database()",
          TestDatabase.MARIADB,
          "xa recover");

  private static final int BUYERS = 4;
  private static final int CUSTOMERS = 100_000;
  private static final int BALANCE = 1000;
  private static final int PRICE = 10;
  private static final int STOCK = 100_000_000;

  @TempDir private Path folder;

  private BothServices services;
  private final AtomicInteger nextCustomer = new AtomicInteger();
  private final Map<Integer, Integer> answers = new ConcurrentHashMap<>();
  private final AtomicInteger bought = new AtomicInteger();
  private final AtomicBoolean over = new AtomicBoolean();

  @Test
  void whateverIsKilledEveryPurchaseIsWhole() throws Exception {
    services = new BothServices(folder);
    prepare();
    List<ServiceProcess> orders = services.orders();
    try {
      services.start();
      List<Thread> buyers = new ArrayList<>();
      for (int i = 0; i < BUYERS; i++) {
        ServiceProcess order = orders.get(i % orders.size());
        Thread buyer = new Thread(() -> buyUntilOver(order));
        buyer.start();
        buyers.add(buyer);
      }
      Random random = new Random(42);
      for (int i = 0; i < KILLS; i++) {
        awaitPurchases(20);
        Thread.sleep(random.nextInt(500));
        ServiceProcess victim =
            random.nextBoolean() ? orders.get(random.nextInt(orders.size())) : services.inventory();
        // Now and then long enough for another instance to take over what an order service left.
        victim.killAndStart(orders.size() == 1 ? 0 : random.nextInt(8_000));
      }
      awaitPurchases(20);
      over.set(true);
      for (Thread buyer : buyers) {
        buyer.join();
      }
      awaitEnd();
    } finally {
      over.set(true);
      services.stop();
    }
    check();
  }

  private void buyUntilOver(ServiceProcess order) {
    Random random = new Random();
    while (!over.get()) {
      int customer = nextCustomer.getAndIncrement();
      String item = isPrepared(customer) ? "item" + customer / PREPARED % ITEMS : "book";
      // One in ten is of what nobody has: refused by the second participant, or the first.
      int status =
          order.post(
              path(customer),
              "{\"customer\":\"c%d\",\"item\":\"%s\",\"quantity\":%d}"
                  .formatted(
                      customer, random.nextInt(10) == 0 ? "unknown" : item, 1 + random.nextInt(3)));
      answers.put(customer, status);
      if (status == 200) {
        bought.incrementAndGet();
      } else if (status != 409) {
        // Somebody is dead: do not fill the log with failures until it is back.
        Load.pause(100);
      }
    }
  }

  private static String path(int customer) {
    if (isPrepared(customer)) {
      return "/ledger-purchases";
    }
    return CHECKED > 0 && customer % CHECKED == 0 ? "/checked-purchases" : "/purchases";
  }

  private static boolean isPrepared(int customer) {
    return PREPARED > 0 && customer % PREPARED == PREPARED - 1;
  }

  /** Waits until purchases flow again, so that the next kill hits some. */
  private void awaitPurchases(int more) {
    int enough = bought.get() + more;
    for (int i = 0; i < 1800 && bought.get() < enough; i++) {
      Load.pause(100);
    }
    assertThat(bought.get()).as("purchases answered OK").isGreaterThanOrEqualTo(enough);
  }

  /** Waits until recovery has left nothing open, or has had more time than it can need. */
  private void awaitEnd() {
    for (int i = 0; i < 240 && !services.all().stream().allMatch(KillIT::isOver); i++) {
      Load.pause(500);
    }
  }

  private static boolean isOver(ServiceProcess service) {
    String branches = service.text("/demo/log");
    String decisions = service.text("/demo/decisions");
    return !branches.isEmpty()
        && service.text("/demo/in-doubt").equals("[]")
        && Stream.of("TRYING", "TRIED", "READY", "PRE_COMMITTED", "DRIVING", "PARKED", "DIVERGED")
            .noneMatch(open -> (branches + decisions).contains('"' + open + '"'));
  }

  private void prepare() throws Exception {
    try (Connection connection = services.database("order");
        PreparedStatement statement =
            connection.prepareStatement("insert into account values (?, ?, 0, 0)")) {
      connection.setAutoCommit(false);
      for (int i = 0; i < CUSTOMERS; i++) {
        statement.setString(1, "c" + i);
        statement.setInt(2, BALANCE);
        statement.addBatch();
      }
      statement.executeBatch();
      connection.commit();
    }
    try (Connection connection = services.database("inventory");
        Statement statement = connection.createStatement()) {
      statement.execute("insert into stock values ('book', %d, 0, 0)".formatted(STOCK));
      for (int i = 0; i < ITEMS; i++) {
        statement.execute("insert into stock values ('item%d', %d, 0, 0)".formatted(i, STOCK));
      }
    }
  }

  private void check() throws SQLException {
    List<String> violations = new ArrayList<>();
    Map<Integer, Integer> spent = new HashMap<>();
    int decisions;
    int entries = 0;
    try (Connection orders = services.database("order");
        Connection ledger = services.database(BothServices.LEDGER);
        Connection stock = services.database("inventory")) {
      try (ResultSet rows =
          BothServices.query(orders, "select * from account where customer like 'c%'")) {
        while (rows.next()) {
          int customer = Integer.parseInt(rows.getString("customer").substring(1));
          if (rows.getInt("balance") + rows.getInt("frozen") + rows.getInt("spent") != BALANCE) {
            violations.add("money was not conserved at customer " + customer);
          }
          if (rows.getInt("frozen") != 0) {
            violations.add("money is frozen for ever at customer " + customer);
          }
          spent.put(customer, rows.getInt("spent"));
        }
      }
      int paid = spent.values().stream().mapToInt(Integer::intValue).sum();
      int sold = 0;
      try (ResultSet rows =
          BothServices.query(
              stock, "select * from stock where item = 'book' or item like 'item%'")) {
        while (rows.next()) {
          String item = rows.getString("item");
          if (rows.getInt("available") + rows.getInt("reserved") + rows.getInt("sold") != STOCK) {
            violations.add("stock was not conserved: " + item);
          }
          if (rows.getInt("reserved") != 0) {
            violations.add(rows.getInt("reserved") + " are reserved for ever: " + item);
          }
          sold += rows.getInt("sold");
        }
      }
      if (sold * PRICE != paid) {
        violations.add("sold " + sold + ", but " + paid + " was paid");
      }
      Map<Integer, Integer> entered = new HashMap<>();
      try (ResultSet rows = BothServices.query(ledger, "select * from entry")) {
        while (rows.next()) {
          entries++;
          entered.merge(
              Integer.parseInt(rows.getString("customer").substring(1)),
              rows.getInt("amount"),
              Integer::sum);
        }
      }
      spent.forEach(
          (customer, amount) -> {
            int there = entered.getOrDefault(customer, 0);
            if (there != (isPrepared(customer) ? amount : 0)) {
              violations.add(
                  "customer %d paid %d, and the ledger says %d".formatted(customer, amount, there));
            }
          });
      for (Connection each : List.of(orders, ledger, stock)) {
        try (ResultSet rows = BothServices.query(each, IN_DOUBT.get(BothServices.kind()))) {
          while (rows.next()) {
            violations.add(
                "in doubt for ever: " + rows.getString(rows.getMetaData().getColumnCount()));
          }
        }
      }
      for (Connection each : List.of(orders, stock)) {
        try (ResultSet rows =
            BothServices.query(
                each,
                """
                select * from tcc_branch
                where state in ('OPEN', 'TRYING', 'TRIED', 'READY', 'PRE_COMMITTED')""")) {
          while (rows.next()) {
            violations.add("open branch " + rows.getString("xid") + " " + rows.getString("path"));
          }
        }
      }
      try (ResultSet rows =
          BothServices.query(
              orders,
              "select count(*), sum(case state when 'DONE' then 0 else 1 end) from tcc_decision")) {
        rows.next();
        decisions = rows.getInt(1);
        if (rows.getInt(2) != 0) {
          violations.add(rows.getInt(2) + " decisions are open");
        }
      }
    }
    answers.forEach(
        (customer, status) -> {
          if (status == 200 && spent.get(customer) == 0) {
            violations.add("customer " + customer + " was told OK, and it is not confirmed");
          }
          if (status == 409 && spent.get(customer) != 0) {
            violations.add("customer " + customer + " was told no, and it is confirmed");
          }
        });
    Map<Integer, Long> byStatus = new TreeMap<>();
    answers.values().forEach(status -> byStatus.merge(status, 1L, Long::sum));
    long ok = answers.values().stream().filter(status -> status == 200).count();
    System.out.printf(
        "%s: %d kills, %d purchases, answers by status %s, %d decisions, %d ledger entries: %d"
            + " violations%n",
        BothServices.kind(),
        KILLS,
        answers.size(),
        byStatus,
        decisions,
        entries,
        violations.size());
    assertThat(violations).isEmpty();
    assertThat(ok).isPositive();
    assertThat(answers.size()).isLessThan(CUSTOMERS);
  }
}
