package io.tcc.sample.inventory.databases;

import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestBody;
import org.springframework.web.bind.annotation.RestController;

@RestController
class ShelfController {

  private final Shelf shelf;

  ShelfController(Shelf shelf) {
    this.shelf = shelf;
  }

  /** Goods that a purchase asks for. */
  record Goods(String item, int quantity) {}

  @PostMapping("/shelf")
  void take(@RequestBody Goods goods) {
    shelf.take(goods.item(), goods.quantity());
  }
}
