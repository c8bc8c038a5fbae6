package io.tcc.sample.order.threephase;

import java.math.BigDecimal;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestBody;
import org.springframework.web.bind.annotation.RestController;

@RestController
class CheckedPurchaseController {

  private final CheckedPurchases purchases;

  CheckedPurchaseController(CheckedPurchases purchases) {
    this.purchases = purchases;
  }

  /** What a customer wants. */
  record Purchase(String customer, String item, int quantity) {}

  /** What the customer paid. */
  record Receipt(BigDecimal paid) {}

  @PostMapping("/checked-purchases")
  Receipt buy(@RequestBody Purchase purchase) {
    return new Receipt(purchases.buy(purchase.customer(), purchase.item(), purchase.quantity()));
  }
}
