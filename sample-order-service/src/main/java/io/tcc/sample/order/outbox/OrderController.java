package io.tcc.sample.order.outbox;

import java.util.UUID;
import org.springframework.http.HttpStatus;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestBody;
import org.springframework.web.bind.annotation.ResponseStatus;
import org.springframework.web.bind.annotation.RestController;

@RestController
class OrderController {

  private final Orders orders;

  OrderController(Orders orders) {
    this.orders = orders;
  }

  /** What a customer wants. */
  record Wish(String customer, String item, int quantity) {}

  @PostMapping("/orders")
  @ResponseStatus(HttpStatus.ACCEPTED)
  PurchaseOrder place(@RequestBody Wish wish) {
    String id = UUID.randomUUID().toString();
    orders.place(id, wish.customer(), wish.item(), wish.quantity());
    return orders.of(id);
  }

  @GetMapping("/orders/{id}")
  PurchaseOrder order(@PathVariable String id) {
    return orders.of(id);
  }
}
