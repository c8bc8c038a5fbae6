package io.tcc.sample.order.outbox;

import io.tcc.annotation.Outbox;
import io.tcc.annotation.OutboxReply;
import io.tcc.transaction.MessageResult;
import java.math.BigDecimal;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Service;
import org.springframework.transaction.annotation.Transactional;

/** Orders: paid here at once; the inventory is told, whenever it can be reached, and answers. */
@Service
public class Orders {

  private static final BigDecimal PRICE = BigDecimal.TEN;

  private final JdbcClient jdbc;

  Orders(JdbcClient jdbc) {
    this.jdbc = jdbc;
  }

  /**
   * Takes the money and the order, and stores the message that it returns, in one local
   * transaction. Those of one item are shipped in their order.
   */
  @Transactional
  @Outbox(topic = "order-placed", key = "#result.item", uniqueKey = "#orderId")
  public OrderPlaced place(String orderId, String customer, String item, int quantity) {
    BigDecimal total = PRICE.multiply(BigDecimal.valueOf(quantity));
    int paid =
        jdbc.sql(
                """
                update account set balance = balance - :total, spent = spent + :total
                where customer = :customer and balance >= :total""")
            .param("customer", customer)
            .param("total", total)
            .update();
    if (paid == 0) {
      throw new IllegalStateException(customer + " has less than " + total);
    }
    jdbc.sql(
            """
            insert into purchase_order (id, customer, total, state)
            values (:id, :customer, :total, 'PLACED')""")
        .param("id", orderId)
        .param("customer", customer)
        .param("total", total)
        .update();
    return new OrderPlaced(orderId, item, quantity);
  }

  /** The inventory has answered: shipped, or refused, and then the money goes back. */
  @OutboxReply(topic = "order-placed")
  public void answered(OrderPlaced order, MessageResult result) {
    jdbc.sql("update purchase_order set state = :state, reason = :reason where id = :id")
        .param("state", result.consumed() ? "SHIPPED" : "REFUSED")
        .param("reason", result.reason())
        .param("id", order.orderId())
        .update();
    if (!result.consumed()) {
      PurchaseOrder refused = of(order.orderId());
      jdbc.sql(
              """
              update account set balance = balance + :total, spent = spent - :total
              where customer = :customer""")
          .param("total", refused.total())
          .param("customer", refused.customer())
          .update();
    }
  }

  /** An order. */
  PurchaseOrder of(String orderId) {
    return jdbc.sql("select id, customer, total, state, reason from purchase_order where id = ?")
        .param(orderId)
        .query(PurchaseOrder.class)
        .single();
  }
}
