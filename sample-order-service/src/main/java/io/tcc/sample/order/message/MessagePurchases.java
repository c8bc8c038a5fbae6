package io.tcc.sample.order.message;

import io.tcc.annotation.TransactionalMessage;
import java.math.BigDecimal;
import java.util.UUID;
import org.springframework.context.annotation.Profile;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Service;

/**
 * Purchases of which the inventory hears later: the customer pays here and now, and the inventory
 * receives the message if, and only if, the payment is durable.
 */
@Service
@Profile("rocketmq")
public class MessagePurchases {

  private static final BigDecimal PRICE = BigDecimal.TEN;

  private final JdbcClient jdbc;

  MessagePurchases(JdbcClient jdbc) {
    this.jdbc = jdbc;
  }

  /** What the inventory is told. */
  public record PurchasePaid(String id, String item, int quantity) {}

  /**
   * Pays. What it returns is the message.
   *
   * @throws IllegalStateException if the customer has less
   */
  @TransactionalMessage(topic = "purchases", key = "id")
  public PurchasePaid buy(String customer, String item, int quantity) {
    BigDecimal total = PRICE.multiply(BigDecimal.valueOf(quantity));
    int paid =
        jdbc.sql(
                """
                update account set balance = balance - :amount, spent = spent + :amount
                where customer = :customer and balance >= :amount""")
            .param("customer", customer)
            .param("amount", total)
            .update();
    if (paid == 0) {
      throw new IllegalStateException(customer + " cannot pay " + total);
    }
    return new PurchasePaid(UUID.randomUUID().toString(), item, quantity);
  }
}
