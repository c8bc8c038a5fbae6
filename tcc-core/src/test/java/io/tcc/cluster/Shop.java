package io.tcc.cluster;

import io.tcc.annotation.Completion;
import io.tcc.annotation.GlobalTx;
import java.math.BigDecimal;
import java.time.Clock;
import org.springframework.jdbc.core.JdbcTemplate;
import org.springframework.transaction.annotation.Transactional;

/** The initiator's business methods: one unit here, one there. */
public class Shop {

  private final Node node;
  private final Network network;
  private final Accounts accounts;
  private final Payments payments;
  private final JdbcTemplate sql;

  public Shop(Node node, Network network, Accounts accounts, Payments payments, JdbcTemplate sql) {
    this.node = node;
    this.network = network;
    this.accounts = accounts;
    this.payments = payments;
    this.sql = sql;
  }

  private void pay() {
    accounts.reserve("a", BigDecimal.ONE);
  }

  private void stock() {
    network.call(node, "inventory", n -> n.bean(Accounts.class).reserve("a", BigDecimal.ONE));
  }

  @GlobalTx
  public void nothing() {}

  @GlobalTx
  public void local() {
    pay();
  }

  @GlobalTx
  public void localAndRemote() {
    pay();
    stock();
  }

  @GlobalTx
  public void remoteTwice() {
    stock();
    stock();
  }

  /** The inventory calls the warehouse and the initiator's service again. */
  @GlobalTx
  public void nested() {
    network.call(
        node,
        "inventory",
        inventory -> {
          inventory.bean(Accounts.class).reserve("a", BigDecimal.ONE);
          network.call(
              inventory,
              "warehouse",
              warehouse -> warehouse.bean(Accounts.class).reserve("a", BigDecimal.ONE));
          return network.call(
              inventory, "order", order -> order.bean(Accounts.class).reserve("a", BigDecimal.ONE));
        });
  }

  @GlobalTx
  @Transactional
  public void inOneLocalTransaction() {
    sql.update("insert into journal values ('-', 'plain local work', '-')");
    pay();
    stock();
  }

  @GlobalTx(completion = Completion.DECIDED)
  public void decided() {
    pay();
    stock();
  }

  @GlobalTx
  public void elsewhere() {
    payments.charge();
    stock();
  }

  @GlobalTx
  public void elsewhereThenFails() {
    payments.charge();
    stock();
    throw new IllegalStateException("business failure");
  }

  private void prepare(int amount) {
    node.bean(Vaults.class).prepare("a", BigDecimal.valueOf(amount));
  }

  private void prepareThere(int amount) {
    network.call(
        node, "inventory", n -> n.bean(Vaults.class).prepare("a", BigDecimal.valueOf(amount)));
  }

  @GlobalTx
  public void prepared() {
    prepare(1);
    prepareThere(1);
  }

  /** Nothing changes; both vote that the outcome does not matter. */
  @GlobalTx
  public void looked() {
    prepare(0);
    prepareThere(0);
  }

  /** TCC and 2PC, here and there; one only looks. */
  @GlobalTx
  public void mixed() {
    pay();
    prepareThere(1);
    prepare(0);
    stock();
  }

  /** There are not so many here, and nobody looks at the vote. */
  @GlobalTx
  public void votesNo() {
    prepareThere(1);
    stock();
    prepare(1000);
  }

  @GlobalTx
  public void fails() {
    pay();
    stock();
    throw new IllegalStateException("business failure");
  }

  @GlobalTx
  public void tooLate() {
    pay();
    stock();
    Clock clock = node.instance().clock();
    ((MovableClock) clock).advance(Node.TIMEOUT.plusSeconds(1));
  }
}
