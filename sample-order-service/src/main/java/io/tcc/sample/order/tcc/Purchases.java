package io.tcc.sample.order.tcc;

import io.tcc.annotation.GlobalTx;
import java.math.BigDecimal;
import org.springframework.stereotype.Service;

/** Purchases: the customer pays here, the goods leave the inventory there; both or neither. */
@Service
public class Purchases {

  private static final BigDecimal PRICE = BigDecimal.TEN;

  private final Accounts accounts;
  private final Inventory inventory;

  Purchases(Accounts accounts, Inventory inventory) {
    this.accounts = accounts;
    this.inventory = inventory;
  }

  /** Buys; returns what it cost. If this returns, the purchase is final. */
  @GlobalTx(name = "purchase")
  public BigDecimal buy(String customer, String item, int quantity) {
    BigDecimal total = PRICE.multiply(BigDecimal.valueOf(quantity));
    accounts.freeze(customer, total);
    inventory.reserve(new Inventory.Reservation(item, quantity));
    return total;
  }
}
