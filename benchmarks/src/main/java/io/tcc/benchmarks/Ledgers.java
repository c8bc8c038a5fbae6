package io.tcc.benchmarks;

import io.tcc.annotation.TwoPhase;
import javax.sql.DataSource;
import org.springframework.jdbc.core.JdbcTemplate;

/** The business work of the library's transfer. */
public class Ledgers {

  private final JdbcTemplate left;
  private final JdbcTemplate right;

  Ledgers(DataSource left, DataSource right) {
    this.left = new JdbcTemplate(left);
    this.right = new JdbcTemplate(right);
  }

  /** Takes a unit. */
  @TwoPhase(dataSource = "left")
  public void take(int id) {
    left.update(TransferByHand.TAKE, id);
  }

  /** Gives a unit. */
  @TwoPhase(dataSource = "right")
  public void give(int id) {
    right.update(TransferByHand.GIVE, id);
  }
}
