package io.tcc.sample.inventory.prepared;

import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestBody;
import org.springframework.web.bind.annotation.RestController;

@RestController
class PreparedStockController {

  private final PreparedStock stock;

  PreparedStockController(PreparedStock stock) {
    this.stock = stock;
  }

  /** Goods that a purchase asks for. */
  record Goods(String item, int quantity) {}

  /** A vote of NO aborts the purchase whatever is answered here. */
  @PostMapping("/prepared-goods")
  void take(@RequestBody Goods goods) {
    stock.take(goods.item(), goods.quantity());
  }
}
