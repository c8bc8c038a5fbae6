package io.tcc.sample.order.twophase.databases;

import io.tcc.annotation.TwoPhase;
import java.math.BigDecimal;
import java.util.List;
import java.util.UUID;
import javax.sql.DataSource;
import org.springframework.beans.factory.annotation.Qualifier;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Service;

/** What was paid, in a database of its own, which prepares each entry. */
@Service
public class Ledger {

  private final JdbcClient jdbc;

  Ledger(@Qualifier("ledgerDataSource") DataSource ledger) {
    this.jdbc = JdbcClient.create(ledger);
  }

  /** Writes an entry. */
  @TwoPhase(dataSource = "ledgerDataSource")
  public void enter(String customer, BigDecimal amount) {
    jdbc.sql("insert into entry (id, customer, amount) values (?, ?, ?)")
        .params(UUID.randomUUID().toString(), customer, amount)
        .update();
  }

  /** What each customer has paid. */
  List<Total> totals() {
    return jdbc.sql(
            """
            select customer, count(*) as entries, sum(amount) as amount from entry
            group by customer order by customer""")
        .query(Total.class)
        .list();
  }

  /** A customer's entries, and their sum. */
  record Total(String customer, int entries, BigDecimal amount) {}
}
