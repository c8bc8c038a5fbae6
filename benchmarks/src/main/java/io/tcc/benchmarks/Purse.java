package io.tcc.benchmarks;

import io.tcc.annotation.Cancel;
import io.tcc.annotation.Confirm;
import io.tcc.annotation.Try;
import org.springframework.jdbc.core.JdbcTemplate;

/** The business work of both contestants: one update per step. */
public class Purse {

  private final JdbcTemplate sql;

  Purse(JdbcTemplate sql) {
    this.sql = sql;
  }

  /** Sets one unit aside. */
  @Try("purse")
  public void reserve(int id) {
    sql.update(
        "update purse set available = available - 1, reserved = reserved + 1 where id = ?", id);
  }

  /** Spends the unit. */
  @Confirm
  public void spend(int id) {
    sql.update("update purse set reserved = reserved - 1, spent = spent + 1 where id = ?", id);
  }

  /** Gives the unit back. */
  @Cancel
  public void release(int id) {
    sql.update(
        "update purse set reserved = reserved - 1, available = available + 1 where id = ?", id);
  }
}
