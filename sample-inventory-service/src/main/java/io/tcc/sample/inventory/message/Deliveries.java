package io.tcc.sample.inventory.message;

import org.springframework.context.annotation.Profile;
import org.springframework.dao.DuplicateKeyException;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Service;
import org.springframework.transaction.annotation.Transactional;

/** Goods that are paid: a message that comes twice takes them once. */
@Service
@Profile("rocketmq")
class Deliveries {

  private final JdbcClient jdbc;

  Deliveries(JdbcClient jdbc) {
    this.jdbc = jdbc;
  }

  /**
   * Takes the goods. The message's id commits with that.
   *
   * @throws DuplicateKeyException if they were taken before; nothing has changed
   */
  @Transactional
  public void take(String messageId, String item, int quantity) {
    jdbc.sql("insert into received_message (id) values (?)").param(messageId).update();
    jdbc.sql(
            """
            update stock set available = available - :quantity, sold = sold + :quantity
            where item = :item""")
        .param("item", item)
        .param("quantity", quantity)
        .update();
  }
}
