package io.tcc.sample.order.tcc;

import java.math.BigDecimal;
import org.springframework.http.HttpStatus;
import org.springframework.http.ProblemDetail;
import org.springframework.web.bind.annotation.ExceptionHandler;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestBody;
import org.springframework.web.bind.annotation.RestController;
import org.springframework.web.client.HttpClientErrorException;

@RestController
class PurchaseController {

  private final Purchases purchases;
  private final Accounts accounts;

  PurchaseController(Purchases purchases, Accounts accounts) {
    this.purchases = purchases;
    this.accounts = accounts;
  }

  /** What a customer wants. */
  record Purchase(String customer, String item, int quantity) {}

  /** What the customer paid. */
  record Receipt(BigDecimal paid) {}

  @PostMapping("/purchases")
  Receipt buy(@RequestBody Purchase purchase) {
    return new Receipt(purchases.buy(purchase.customer(), purchase.item(), purchase.quantity()));
  }

  @GetMapping("/accounts/{customer}")
  Accounts.Account account(@PathVariable String customer) {
    return accounts.of(customer);
  }

  /** The inventory said no, such as out of stock: so do we. */
  @ExceptionHandler
  ProblemDetail refused(HttpClientErrorException refusal) {
    return ProblemDetail.forStatusAndDetail(
        HttpStatus.CONFLICT, "The inventory refused: " + refusal.getStatusCode());
  }
}
