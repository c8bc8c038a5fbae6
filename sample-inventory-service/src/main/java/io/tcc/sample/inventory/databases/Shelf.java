package io.tcc.sample.inventory.databases;

import io.tcc.annotation.TwoPhase;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Service;

/** A 2PC participant without a second method: the database keeps what it has prepared. */
@Service
public class Shelf {

  private final JdbcClient jdbc;

  Shelf(JdbcClient jdbc) {
    this.jdbc = jdbc;
  }

  /**
   * Sells goods. Nobody sees them gone before the purchase is final, and nobody else can take of
   * that item until then.
   *
   * @throws EmptyShelfException if there are fewer: the vote is NO
   */
  @TwoPhase
  public void take(String item, int quantity) {
    int taken =
        jdbc.sql(
                """
                update stock set available = available - :quantity, sold = sold + :quantity
                where item = :item and available >= :quantity""")
            .param("item", item)
            .param("quantity", quantity)
            .update();
    if (taken == 0) {
      throw new EmptyShelfException(item, quantity);
    }
  }
}
