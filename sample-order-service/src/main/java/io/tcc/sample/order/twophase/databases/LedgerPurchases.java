package io.tcc.sample.order.twophase.databases;

import io.tcc.annotation.GlobalTx;
import java.math.BigDecimal;
import org.springframework.stereotype.Service;

/**
 * Purchases by plain SQL on three databases of two services. The databases prepare, then all commit
 * or all roll back; nothing has to be written for that.
 */
@Service
public class LedgerPurchases {

  private static final BigDecimal PRICE = BigDecimal.TEN;

  private final Cash cash;
  private final Ledger ledger;
  private final ShelfInventory inventory;

  LedgerPurchases(Cash cash, Ledger ledger, ShelfInventory inventory) {
    this.cash = cash;
    this.ledger = ledger;
    this.inventory = inventory;
  }

  /** Buys; returns what it cost. If this returns, the purchase is final. */
  @GlobalTx(name = "ledger purchase")
  public BigDecimal buy(String customer, String item, int quantity) {
    BigDecimal total = PRICE.multiply(BigDecimal.valueOf(quantity));
    cash.pay(customer, total);
    ledger.enter(customer, total);
    inventory.take(new ShelfInventory.Goods(item, quantity));
    return total;
  }
}
