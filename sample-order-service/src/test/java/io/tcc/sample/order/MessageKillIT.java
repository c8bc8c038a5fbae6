package io.tcc.sample.order;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Both sample services as real processes, orders by local message table from several threads, and
 * SIGKILL again and again, now to the sender, now to the receiver. Afterwards plain SQL on both
 * databases says whether each order was shipped once, or refused and paid back, in the order of its
 * item, and nothing else was shipped. {@code -Dtcc.message.kills=100} sets how many kills.
 */
class MessageKillIT {

  private static final int KILLS = Integer.getInteger("tcc.message.kills", 1);
  private static final int BUYERS = 4;

  private static final int BALANCE = 1_000_000;
  private static final int PRICE = 10;
  private static final int STOCK = 100_000_000;
  private static final Pattern ID = Pattern.compile("\"id\":\"([^\"]+)\"");

  @TempDir private Path folder;

  private BothServices services;
  private final Set<String> accepted = ConcurrentHashMap.newKeySet();
  private final List<Random> chances = IntStream.range(0, BUYERS).mapToObj(Random::new).toList();

  @Test
  void whateverIsKilledEachOrderIsShippedOnceInItsTurnOrRefused() throws Exception {
    services = new BothServices(folder);
    prepare();
    try {
      services.start();
      new Load(BUYERS, 40)
          .run(
              this::order,
              KILLS,
              i -> (i % 2 == 0 ? services.inventory() : services.order()).killAndStart());
      awaitEnd();
    } finally {
      services.stop();
    }
    check();
  }

  /**
   * Each buyer wants an item of his own, one thing after the other: that is the order of the item.
   */
  private void order(int buyer) {
    Random random = chances.get(buyer);
    int chance = random.nextInt(20);
    // One in twenty is refused by the inventory; one is more than anybody has, and rolled back.
    String item = chance == 0 ? "unknown" : "item" + buyer;
    int quantity = chance == 1 ? BALANCE : 1 + random.nextInt(3);
    String answer =
        services
            .order()
            .answer(
                "/orders",
                "{\"customer\":\"c%d\",\"item\":\"%s\",\"quantity\":%d}"
                    .formatted(buyer, item, quantity));
    Matcher id = ID.matcher(answer);
    if (id.find()) {
      accepted.add(id.group(1));
    } else if (answer.isEmpty()) {
      // Nobody is there.
      Load.pause(50);
    }
  }

  /** Waits until every message has its result, or has had more time than it can need. */
  private void awaitEnd() {
    for (int i = 0; i < 240; i++) {
      String messages = services.order().text("/demo/messages");
      if (!messages.isEmpty()
          && !messages.contains("\"PENDING\"")
          && !messages.contains("\"SENT\"")) {
        return;
      }
      Load.pause(250);
    }
  }

  private void prepare() throws SQLException {
    try (Connection connection = services.database("order");
        Statement statement = connection.createStatement()) {
      for (int i = 0; i < BUYERS; i++) {
        statement.execute("insert into account values ('c%d', %d, 0, 0)".formatted(i, BALANCE));
      }
    }
    try (Connection connection = services.database("inventory");
        Statement statement = connection.createStatement()) {
      for (int i = 0; i < BUYERS; i++) {
        statement.execute("insert into stock values ('item%d', %d, 0, 0)".formatted(i, STOCK));
      }
    }
  }

  private record Shipment(String item, int quantity) {}

  private void check() throws SQLException {
    List<String> violations = new ArrayList<>();
    Set<String> orders = new HashSet<>();
    int refused = 0;
    try (Connection order = services.database("order");
        Connection inventory = services.database("inventory")) {
      Map<String, List<String>> shippedByItem = new HashMap<>();
      Map<String, Shipment> shipped = new HashMap<>();
      // What is left in stock after a shipment tells their order.
      try (ResultSet rows =
          BothServices.query(inventory, "select * from shipment order by remaining desc")) {
        while (rows.next()) {
          String id = rows.getString("order_id");
          String item = rows.getString("item");
          shippedByItem.computeIfAbsent(item, each -> new ArrayList<>()).add(id);
          if (shipped.put(id, new Shipment(item, rows.getInt("quantity"))) != null) {
            violations.add("order " + id + " was shipped twice");
          }
        }
      }
      Map<String, Integer> spent = new HashMap<>();
      try (ResultSet rows = BothServices.query(order, "select * from purchase_order")) {
        while (rows.next()) {
          String id = rows.getString("id");
          orders.add(id);
          Shipment there = shipped.remove(id);
          if (there != null) {
            spent.merge(rows.getString("customer"), rows.getInt("total"), Integer::sum);
            if (there.quantity() * PRICE != rows.getInt("total")) {
              violations.add("order " + id + " was shipped in another quantity");
            }
          } else {
            refused++;
          }
          if (!rows.getString("state").equals(there == null ? "REFUSED" : "SHIPPED")) {
            violations.add(
                "order %s is %s, and its shipment is %s"
                    .formatted(id, rows.getString("state"), there));
          }
        }
      }
      shipped.keySet().forEach(id -> violations.add("shipped, but never ordered: " + id));
      accepted.stream()
          .filter(id -> !orders.contains(id))
          .forEach(id -> violations.add("accepted, and lost: " + id));
      try (ResultSet rows =
          BothServices.query(order, "select * from account where customer like 'c%'")) {
        while (rows.next()) {
          int due = spent.getOrDefault(rows.getString("customer"), 0);
          if (rows.getInt("spent") != due || rows.getInt("balance") != BALANCE - due) {
            violations.add("customer " + rows.getString("customer") + " should have spent " + due);
          }
        }
      }
      try (ResultSet rows =
          BothServices.query(inventory, "select * from stock where item like 'item%'")) {
        while (rows.next()) {
          if (rows.getInt("available") + rows.getInt("sold") != STOCK) {
            violations.add("stock of " + rows.getString("item") + " was not conserved");
          }
        }
      }
      for (int i = 0; i < BUYERS; i++) {
        String item = "item" + i;
        List<String> stored = new ArrayList<>();
        try (ResultSet rows =
            BothServices.query(
                order,
                "select unique_key from tcc_message where message_key = '%s' order by sequence"
                    .formatted(item))) {
          while (rows.next()) {
            stored.add(rows.getString("unique_key"));
          }
        }
        if (!stored.equals(shippedByItem.getOrDefault(item, List.of()))) {
          violations.add("orders of " + item + " were not shipped in their order");
        }
      }
      for (String open : List.of("PENDING", "SENT", "DEAD", "HELD")) {
        try (ResultSet rows =
            BothServices.query(
                order, "select id from tcc_message where state = '%s'".formatted(open))) {
          while (rows.next()) {
            violations.add("message " + rows.getString("id") + " is " + open + " at the end");
          }
        }
      }
    }
    System.out.printf(
        "%s: %d kills, %d orders, %d of them refused, %d without an answer: %d violations%n",
        BothServices.kind(),
        KILLS,
        orders.size(),
        refused,
        orders.size() - accepted.size(),
        violations.size());
    assertThat(violations).isEmpty();
    assertThat(refused).isPositive();
    assertThat(orders.size()).isGreaterThan(refused);
  }
}
