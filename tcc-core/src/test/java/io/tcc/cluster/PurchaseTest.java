package io.tcc.cluster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tcc.annotation.GlobalTx;
import io.tcc.engine.Limits;
import io.tcc.testing.Database;
import io.tcc.testing.TestDatabase;
import io.tcc.transaction.Backoff;
import java.math.BigDecimal;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.springframework.jdbc.core.JdbcTemplate;

class PurchaseTest {

  static class Shop {
    private final Node node;
    private final Network network;
    private final Accounts accounts;

    Shop(Node node, Network network, Accounts accounts) {
      this.node = node;
      this.network = network;
      this.accounts = accounts;
    }

    @GlobalTx(name = "purchase")
    public String buy(String item, BigDecimal price) {
      accounts.reserve("alice", price);
      network.call(node, "inventory", n -> n.bean(Accounts.class).reserve(item, BigDecimal.ONE));
      return "bought";
    }
  }

  private final Database orders = TestDatabase.H2.create();
  private final Database stock = TestDatabase.H2.create();
  private final Network network = new Network();
  private final MovableClock clock = new MovableClock(Instant.parse("2026-01-01T00:00:00Z"));
  private Node order;
  private Node inventory;

  @BeforeEach
  void start() {
    for (Database db : new Database[] {orders, stock}) {
      JdbcTemplate sql = new JdbcTemplate(db.dataSource());
      Arrays.stream(Accounts.TABLES).forEach(sql::execute);
      sql.update("insert into account values ('alice', 100, 0, 0)");
      sql.update("insert into account values ('book', 2, 0, 0)");
    }
    Limits limits =
        new Limits(
            Duration.ofSeconds(5),
            Duration.ofSeconds(5),
            Duration.ofSeconds(60),
            new Backoff(Duration.ofSeconds(1), 2, Duration.ofSeconds(60), 10),
            100,
            Duration.ofDays(7));
    order =
        new Node(
            "order",
            orders.dataSource(),
            network,
            clock,
            limits,
            Runnable::run,
            Accounts.class,
            Shop.class);
    inventory =
        new Node(
            "inventory", stock.dataSource(), network, clock, limits, Runnable::run, Accounts.class);
  }

  @AfterEach
  void stop() {
    order.close();
    inventory.close();
    orders.close();
    stock.close();
  }

  @Test
  void aPurchaseIsConfirmedInBothServices() {
    assertThat(order.bean(Shop.class).buy("book", BigDecimal.TEN)).isEqualTo("bought");
    System.out.println(order.sql().queryForList("select * from tcc_decision"));
    System.out.println(order.sql().queryForList("select * from tcc_branch"));
    System.out.println(inventory.sql().queryForList("select * from tcc_branch"));
    System.out.println(order.events());
    assertThat(
            order
                .sql()
                .queryForObject("select spent from account where id='alice'", BigDecimal.class))
        .isEqualByComparingTo("10");
    assertThat(
            inventory
                .sql()
                .queryForObject("select spent from account where id='book'", BigDecimal.class))
        .isEqualByComparingTo("1");
  }

  @Test
  void aFailedPurchaseIsCancelled() {
    assertThatThrownBy(() -> order.bean(Shop.class).buy("none", BigDecimal.TEN))
        .isInstanceOf(Accounts.InsufficientException.class);
    System.out.println(order.sql().queryForList("select * from tcc_decision"));
    System.out.println(order.sql().queryForList("select * from tcc_branch"));
    System.out.println(order.events());
    assertThat(
            order
                .sql()
                .queryForObject("select available from account where id='alice'", BigDecimal.class))
        .isEqualByComparingTo("100");
  }
}
