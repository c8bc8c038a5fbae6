package io.tcc.sample.order.tcc;

import org.springframework.web.bind.annotation.RequestBody;
import org.springframework.web.service.annotation.HttpExchange;
import org.springframework.web.service.annotation.PostExchange;

/** The inventory service, as the order service sees it. */
@HttpExchange
interface Inventory {

  /** Goods that a purchase asks for. */
  record Reservation(String item, int quantity) {}

  @PostExchange("/reservations")
  void reserve(@RequestBody Reservation reservation);
}
