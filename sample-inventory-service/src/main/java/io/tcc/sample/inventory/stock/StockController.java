package io.tcc.sample.inventory.stock;

import java.util.List;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestBody;
import org.springframework.web.bind.annotation.RestController;

@RestController
class StockController {

  private final Stock stock;

  StockController(Stock stock) {
    this.stock = stock;
  }

  /** Goods that a purchase asks for. */
  record Reservation(String item, int quantity) {}

  @PostMapping("/reservations")
  void reserve(@RequestBody Reservation reservation) {
    stock.reserve(reservation.item(), reservation.quantity());
  }

  @GetMapping("/stock")
  List<Stock.Goods> all() {
    return stock.all();
  }
}
