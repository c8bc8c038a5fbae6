package io.tcc.sample.order.notification;

import io.tcc.annotation.Notify;
import java.math.BigDecimal;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Service;
import org.springframework.transaction.annotation.Transactional;

/** Payments without a purchase. */
@Service
public class Payments {

  private final JdbcClient jdbc;

  Payments(JdbcClient jdbc) {
    this.jdbc = jdbc;
  }

  /**
   * Takes money from a customer's account. The bookkeeper is told once that is committed, however
   * long it takes.
   *
   * @throws IllegalArgumentException if the customer has less; nobody is told anything
   */
  @Transactional
  @Notify(target = "bookkeeper", type = "payment", number = "paymentId")
  public Paid pay(String paymentId, String customer, BigDecimal amount) {
    int paid =
        jdbc.sql(
                """
                update account set balance = balance - :amount, spent = spent + :amount
                where customer = :customer and balance >= :amount""")
            .param("customer", customer)
            .param("amount", amount)
            .update();
    if (paid == 0) {
      throw new IllegalArgumentException(customer + " has less than " + amount);
    }
    return new Paid(paymentId, customer, amount);
  }
}
