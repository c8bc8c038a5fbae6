package io.tcc.sample.inventory.checked;

import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestBody;
import org.springframework.web.bind.annotation.RestController;

@RestController
class CheckedStockController {

  private final CheckedStock stock;

  CheckedStockController(CheckedStock stock) {
    this.stock = stock;
  }

  /** Goods that a purchase asks for. */
  record Goods(String item, int quantity) {}

  /** A vote of NO aborts the purchase whatever is answered here. */
  @PostMapping("/checked-goods")
  void check(@RequestBody Goods goods) {
    stock.check(goods.item(), goods.quantity());
  }
}
