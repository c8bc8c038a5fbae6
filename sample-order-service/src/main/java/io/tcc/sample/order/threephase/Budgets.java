package io.tcc.sample.order.threephase;

import io.tcc.annotation.Abort;
import io.tcc.annotation.CanCommit;
import io.tcc.annotation.DoCommit;
import io.tcc.annotation.PreCommit;
import io.tcc.transaction.BranchId;
import io.tcc.transaction.Vote;
import java.math.BigDecimal;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Service;

/** A 3PC participant in the initiator's own database: the money of each customer. */
@Service
public class Budgets {

  private final JdbcClient jdbc;

  Budgets(JdbcClient jdbc) {
    this.jdbc = jdbc;
  }

  /** Can it be paid? Freezes the money and votes; NO if the customer has less. */
  @CanCommit("budget")
  public Vote check(String customer, BigDecimal amount) {
    int frozen =
        update(
            """
            update account set balance = balance - :amount, frozen = frozen + :amount
            where customer = :customer and balance >= :amount""",
            customer,
            amount);
    return frozen == 1 ? Vote.YES : Vote.NO;
  }

  /** Everybody said yes: the invoice is written, and not sent yet. */
  @PreCommit
  public void writeInvoice(String customer, BigDecimal amount, BranchId id) {
    jdbc.sql("insert into invoice (id, customer, amount, sent) values (?, ?, ?, false)")
        .params(id.toString(), customer, amount)
        .update();
  }

  /** It is final: the money is spent, the invoice goes out. */
  @DoCommit
  public void spend(String customer, BigDecimal amount, BranchId id) {
    update(
        """
        update account set frozen = frozen - :amount, spent = spent + :amount
        where customer = :customer""",
        customer,
        amount);
    jdbc.sql("update invoice set sent = true where id = ?").param(id.toString()).update();
  }

  /** It does not come about: the money is the customer's again, an invoice is thrown away. */
  @Abort
  public void giveBack(String customer, BigDecimal amount, BranchId id) {
    update(
        """
        update account set frozen = frozen - :amount, balance = balance + :amount
        where customer = :customer""",
        customer,
        amount);
    jdbc.sql("delete from invoice where id = ?").param(id.toString()).update();
  }

  private int update(String sql, String customer, BigDecimal amount) {
    return jdbc.sql(sql).param("customer", customer).param("amount", amount).update();
  }
}
