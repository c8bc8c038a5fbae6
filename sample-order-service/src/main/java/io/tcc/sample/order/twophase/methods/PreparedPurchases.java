package io.tcc.sample.order.twophase.methods;

import io.tcc.annotation.GlobalTx;
import java.math.BigDecimal;
import org.springframework.stereotype.Service;

/**
 * Purchases by two-phase commit: everybody prepares and votes, then all commit or all roll back.
 */
@Service
public class PreparedPurchases {

  private static final BigDecimal PRICE = BigDecimal.TEN;

  private final Wallets wallets;
  private final PreparedInventory inventory;

  PreparedPurchases(Wallets wallets, PreparedInventory inventory) {
    this.wallets = wallets;
    this.inventory = inventory;
  }

  /**
   * Buys; returns what it cost. If this returns, the purchase is final.
   *
   * @throws io.tcc.transaction.GlobalTransactionAbortedException if somebody voted NO
   */
  @GlobalTx(name = "prepared purchase")
  public BigDecimal buy(String customer, String item, int quantity) {
    BigDecimal total = PRICE.multiply(BigDecimal.valueOf(quantity));
    wallets.debit(customer, total);
    inventory.take(new PreparedInventory.Goods(item, quantity));
    return total;
  }
}
