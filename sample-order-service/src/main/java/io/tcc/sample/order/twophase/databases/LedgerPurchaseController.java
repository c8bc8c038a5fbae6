package io.tcc.sample.order.twophase.databases;

import java.math.BigDecimal;
import java.util.List;
import org.springframework.http.HttpStatus;
import org.springframework.http.ProblemDetail;
import org.springframework.web.bind.annotation.ExceptionHandler;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestBody;
import org.springframework.web.bind.annotation.RestController;
import org.springframework.web.client.HttpClientErrorException;

@RestController
class LedgerPurchaseController {

  private final LedgerPurchases purchases;
  private final Ledger ledger;

  LedgerPurchaseController(LedgerPurchases purchases, Ledger ledger) {
    this.purchases = purchases;
    this.ledger = ledger;
  }

  /** What a customer wants. */
  record Purchase(String customer, String item, int quantity) {}

  /** What the customer paid. */
  record Receipt(BigDecimal paid) {}

  @PostMapping("/ledger-purchases")
  Receipt buy(@RequestBody Purchase purchase) {
    return new Receipt(purchases.buy(purchase.customer(), purchase.item(), purchase.quantity()));
  }

  @GetMapping("/ledger")
  List<Ledger.Total> totals() {
    return ledger.totals();
  }

  /** The inventory said no, such as fewer on the shelf: so do we. */
  @ExceptionHandler
  ProblemDetail refused(HttpClientErrorException refusal) {
    return ProblemDetail.forStatusAndDetail(
        HttpStatus.CONFLICT, "The inventory refused: " + refusal.getStatusCode());
  }
}
