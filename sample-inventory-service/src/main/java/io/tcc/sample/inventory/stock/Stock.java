package io.tcc.sample.inventory.stock;

import io.tcc.annotation.Cancel;
import io.tcc.annotation.Confirm;
import io.tcc.annotation.Try;
import java.util.List;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Service;

/** A TCC participant: what is reserved is neither available to others nor sold yet. */
@Service
public class Stock {

  private final JdbcClient jdbc;

  Stock(JdbcClient jdbc) {
    this.jdbc = jdbc;
  }

  /**
   * Sets goods aside for a purchase.
   *
   * @throws OutOfStockException if fewer are available
   */
  @Try("stock")
  public void reserve(String item, int quantity) {
    int reserved =
        jdbc.sql(
                """
                update stock set available = available - :quantity, reserved = reserved + :quantity
                where item = :item and available >= :quantity""")
            .param("item", item)
            .param("quantity", quantity)
            .update();
    if (reserved == 0) {
      throw new OutOfStockException(item, quantity);
    }
  }

  /** The purchase is final: the goods are sold. */
  @Confirm
  public void sell(String item, int quantity) {
    jdbc.sql(
            """
            update stock set reserved = reserved - :quantity, sold = sold + :quantity
            where item = :item""")
        .param("item", item)
        .param("quantity", quantity)
        .update();
  }

  /** The purchase is off: the goods are available again. */
  @Cancel
  public void putBack(String item, int quantity) {
    jdbc.sql(
            """
            update stock set reserved = reserved - :quantity, available = available + :quantity
            where item = :item""")
        .param("item", item)
        .param("quantity", quantity)
        .update();
  }

  /** All goods. */
  List<Goods> all() {
    return jdbc.sql("select item, available, reserved, sold from stock order by item")
        .query(Goods.class)
        .list();
  }

  /** One kind of goods. */
  record Goods(String item, int available, int reserved, int sold) {}
}
