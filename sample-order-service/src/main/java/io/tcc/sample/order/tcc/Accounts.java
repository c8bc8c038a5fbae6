package io.tcc.sample.order.tcc;

import io.tcc.annotation.Cancel;
import io.tcc.annotation.Confirm;
import io.tcc.annotation.Try;
import java.math.BigDecimal;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Service;

/** A TCC participant in the initiator's own database: the balance of each customer. */
@Service
public class Accounts {

  private final JdbcClient jdbc;

  Accounts(JdbcClient jdbc) {
    this.jdbc = jdbc;
  }

  /**
   * Freezes the price of a purchase.
   *
   * @throws InsufficientBalanceException if the customer has less
   */
  @Try("account")
  public void freeze(String customer, BigDecimal amount) {
    int frozen =
        jdbc.sql(
                """
                update account set balance = balance - :amount, frozen = frozen + :amount
                where customer = :customer and balance >= :amount""")
            .param("customer", customer)
            .param("amount", amount)
            .update();
    if (frozen == 0) {
      throw new InsufficientBalanceException(customer, amount);
    }
  }

  /** The purchase is final: the money is spent. */
  @Confirm
  public void spend(String customer, BigDecimal amount) {
    jdbc.sql(
            """
            update account set frozen = frozen - :amount, spent = spent + :amount
            where customer = :customer""")
        .param("customer", customer)
        .param("amount", amount)
        .update();
  }

  /** The purchase is off: the money is the customer's again. */
  @Cancel
  public void release(String customer, BigDecimal amount) {
    jdbc.sql(
            """
            update account set frozen = frozen - :amount, balance = balance + :amount
            where customer = :customer""")
        .param("customer", customer)
        .param("amount", amount)
        .update();
  }

  /** A customer's account. */
  Account of(String customer) {
    return jdbc.sql("select customer, balance, frozen, spent from account where customer = ?")
        .param(customer)
        .query(Account.class)
        .single();
  }

  /** A customer's money. */
  record Account(String customer, BigDecimal balance, BigDecimal frozen, BigDecimal spent) {}
}
