package io.tcc.sample.order.twophase.databases;

import io.tcc.annotation.TwoPhase;
import java.math.BigDecimal;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Service;

/**
 * The money of each customer, in the database that also holds this service's transaction log: it is
 * committed together with the decision, and need not be prepared.
 */
@Service
public class Cash {

  private final JdbcClient jdbc;

  Cash(JdbcClient jdbc) {
    this.jdbc = jdbc;
  }

  /**
   * Spends money.
   *
   * @throws IllegalStateException if the customer has less
   */
  @TwoPhase(dataSource = "dataSource")
  public void pay(String customer, BigDecimal amount) {
    int paid =
        jdbc.sql(
                """
                update account set balance = balance - :amount, spent = spent + :amount
                where customer = :customer and balance >= :amount""")
            .param("customer", customer)
            .param("amount", amount)
            .update();
    if (paid == 0) {
      throw new IllegalStateException(customer + " has less than " + amount);
    }
  }
}
