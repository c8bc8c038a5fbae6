package io.tcc.sample.order.twophase.methods;

import java.math.BigDecimal;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestBody;
import org.springframework.web.bind.annotation.RestController;

@RestController
class PreparedPurchaseController {

  private final PreparedPurchases purchases;

  PreparedPurchaseController(PreparedPurchases purchases) {
    this.purchases = purchases;
  }

  /** What a customer wants. */
  record Purchase(String customer, String item, int quantity) {}

  /** What the customer paid. */
  record Receipt(BigDecimal paid) {}

  @PostMapping("/prepared-purchases")
  Receipt buy(@RequestBody Purchase purchase) {
    return new Receipt(purchases.buy(purchase.customer(), purchase.item(), purchase.quantity()));
  }
}
