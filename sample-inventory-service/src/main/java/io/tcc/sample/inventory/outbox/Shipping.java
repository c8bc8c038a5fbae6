package io.tcc.sample.inventory.outbox;

import io.tcc.annotation.OutboxListener;
import io.tcc.sample.inventory.stock.OutOfStockException;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Service;

/** Ships orders. */
@Service
public class Shipping {

  private final JdbcClient jdbc;

  Shipping(JdbcClient jdbc) {
    this.jdbc = jdbc;
  }

  /**
   * Ships an order, once, however often its message comes.
   *
   * @throws OutOfStockException if there is too little: the order service learns why
   */
  @OutboxListener(topic = "order-placed", rejectedOn = OutOfStockException.class)
  public void ship(OrderPlaced order) {
    int shipped =
        jdbc.sql(
                """
                update stock set available = available - :quantity, sold = sold + :quantity
                where item = :item and available >= :quantity""")
            .param("item", order.item())
            .param("quantity", order.quantity())
            .update();
    if (shipped == 0) {
      throw new OutOfStockException(order.item(), order.quantity());
    }
    jdbc.sql(
            """
            insert into shipment (order_id, item, quantity, remaining)
            select :orderId, item, :quantity, available from stock where item = :item""")
        .param("orderId", order.orderId())
        .param("quantity", order.quantity())
        .param("item", order.item())
        .update();
  }
}
