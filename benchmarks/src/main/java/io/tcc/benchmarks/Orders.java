package io.tcc.benchmarks;

import io.tcc.annotation.Outbox;
import org.springframework.jdbc.core.JdbcTemplate;
import org.springframework.transaction.annotation.Transactional;

/** The business work of all contestants, one update, and the library's message of it. */
public class Orders {

  /** What a message says. */
  public record OrderPlaced(String item, int quantity) {}

  private final JdbcTemplate sql;

  Orders(JdbcTemplate sql) {
    this.sql = sql;
  }

  /** Takes money from an account. */
  void pay(int account) {
    sql.update("update account set balance = balance - 1 where id = ?", account);
  }

  /** With a message that is in no order. */
  @Transactional
  @Outbox(topic = "order-placed")
  public OrderPlaced place(int account) {
    pay(account);
    return new OrderPlaced("book", account);
  }

  /** With a message that keeps the order of its account. */
  @Transactional
  @Outbox(topic = "order-placed", key = "#p0")
  public OrderPlaced placeInOrder(int account) {
    pay(account);
    return new OrderPlaced("book", account);
  }
}
