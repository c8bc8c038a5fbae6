package io.tcc.sample.inventory.prepared;

import io.tcc.annotation.Commit;
import io.tcc.annotation.Prepare;
import io.tcc.annotation.Rollback;
import io.tcc.transaction.Vote;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Service;

/** A 2PC participant: what it has voted YES for, it can sell or put back, whatever happens. */
@Service
public class PreparedStock {

  private final JdbcClient jdbc;

  PreparedStock(JdbcClient jdbc) {
    this.jdbc = jdbc;
  }

  /** Takes goods off the shelf and votes; NO if there are fewer. */
  @Prepare("prepared-stock")
  public Vote take(String item, int quantity) {
    if (quantity == 0) {
      return Vote.READ_ONLY;
    }
    return update(
                """
                update stock set available = available - :quantity, reserved = reserved + :quantity
                where item = :item and available >= :quantity""",
                item,
                quantity)
            == 1
        ? Vote.YES
        : Vote.NO;
  }

  /** Everybody voted YES: the goods are sold. */
  @Commit
  public void sell(String item, int quantity) {
    update(
        """
        update stock set reserved = reserved - :quantity, sold = sold + :quantity
        where item = :item""",
        item,
        quantity);
  }

  /** Somebody did not: the goods go back. */
  @Rollback
  public void putBack(String item, int quantity) {
    update(
        """
        update stock set reserved = reserved - :quantity, available = available + :quantity
        where item = :item""",
        item,
        quantity);
  }

  private int update(String sql, String item, int quantity) {
    return jdbc.sql(sql).param("item", item).param("quantity", quantity).update();
  }
}
