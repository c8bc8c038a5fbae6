package io.tcc.behaviour;

import io.tcc.annotation.Cancel;
import io.tcc.annotation.Confirm;
import io.tcc.annotation.Recording;
import io.tcc.annotation.Try;
import io.tcc.transaction.BranchId;
import org.springframework.jdbc.core.JdbcTemplate;

/**
 * A participant whose Try has its effect outside of the local transactions: there is none around
 * it, so every change is durable at once. Confirm and Cancel may be repeated.
 */
public class Couriers extends Shelf {

  private final JdbcTemplate sql;

  public Couriers(JdbcTemplate sql) {
    super(sql);
    this.sql = sql;
  }

  @Override
  @Try(value = "courier", recording = Recording.BEFORE)
  public String reserve(String item) {
    reserves(item);
    return item + " ordered";
  }

  @Confirm
  public void send(String item) {
    sql.update("update account set spent = spent + reserved, reserved = 0 where id = ?", item);
    called("Confirm", item);
  }

  @Cancel
  public void callOff(String item, BranchId branch) {
    sql.update(
        "update account set available = available + reserved, reserved = 0 where id = ?", item);
    called("Cancel", item);
  }
}
