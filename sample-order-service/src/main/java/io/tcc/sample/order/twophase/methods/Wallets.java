package io.tcc.sample.order.twophase.methods;

import io.tcc.annotation.Commit;
import io.tcc.annotation.Prepare;
import io.tcc.annotation.Rollback;
import io.tcc.transaction.Vote;
import java.math.BigDecimal;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Service;

/** A 2PC participant in the initiator's own database: the money of each customer. */
@Service
public class Wallets {

  private final JdbcClient jdbc;

  Wallets(JdbcClient jdbc) {
    this.jdbc = jdbc;
  }

  /** Takes the money out and votes; NO if the customer has less. */
  @Prepare("wallet")
  public Vote debit(String customer, BigDecimal amount) {
    if (amount.signum() == 0) {
      return Vote.READ_ONLY;
    }
    return update(
                """
                update account set balance = balance - :amount, frozen = frozen + :amount
                where customer = :customer and balance >= :amount""",
                customer,
                amount)
            == 1
        ? Vote.YES
        : Vote.NO;
  }

  /** Everybody voted YES: the money is spent. */
  @Commit
  public void spend(String customer, BigDecimal amount) {
    update(
        """
        update account set frozen = frozen - :amount, spent = spent + :amount
        where customer = :customer""",
        customer,
        amount);
  }

  /** Somebody did not: the money is the customer's again. */
  @Rollback
  public void giveBack(String customer, BigDecimal amount) {
    update(
        """
        update account set frozen = frozen - :amount, balance = balance + :amount
        where customer = :customer""",
        customer,
        amount);
  }

  private int update(String sql, String customer, BigDecimal amount) {
    return jdbc.sql(sql).param("customer", customer).param("amount", amount).update();
  }
}
