package io.tcc.sample.order.threephase;

import io.tcc.annotation.GlobalTx;
import java.math.BigDecimal;
import org.springframework.stereotype.Service;

/**
 * Purchases by 3PC: everybody checks and votes, then everybody executes, then it is made final. Who
 * has executed does not wait for ever for a coordinator that is gone.
 */
@Service
public class CheckedPurchases {

  private static final BigDecimal PRICE = BigDecimal.TEN;

  private final Budgets budgets;
  private final CheckedInventory inventory;

  CheckedPurchases(Budgets budgets, CheckedInventory inventory) {
    this.budgets = budgets;
    this.inventory = inventory;
  }

  /**
   * Buys; returns what it cost. If this returns, the purchase is final.
   *
   * @throws io.tcc.transaction.GlobalTransactionAbortedException if somebody voted NO
   */
  @GlobalTx(name = "checked purchase")
  public BigDecimal buy(String customer, String item, int quantity) {
    BigDecimal total = PRICE.multiply(BigDecimal.valueOf(quantity));
    budgets.check(customer, total);
    inventory.check(new CheckedInventory.Goods(item, quantity));
    return total;
  }
}
