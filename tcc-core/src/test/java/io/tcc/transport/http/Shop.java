package io.tcc.transport.http;

import io.tcc.annotation.Cancel;
import io.tcc.annotation.Confirm;
import io.tcc.annotation.Try;
import org.springframework.jdbc.core.JdbcTemplate;

/** Something to reserve. */
class Shop {

  private final JdbcTemplate jdbc;

  Shop(JdbcTemplate jdbc) {
    this.jdbc = jdbc;
    jdbc.execute(
        "create table if not exists stock (item varchar(20), what varchar(10), amount int)");
  }

  /** Reservations of an item, confirmed and cancelled ones: r, c, x. */
  String history(String item) {
    return String.join(
        "", jdbc.queryForList("select what from stock where item = ?", String.class, item));
  }

  private void note(String item, String what, int amount) {
    jdbc.update("insert into stock (item, what, amount) values (?, ?, ?)", item, what, amount);
  }

  @Try("stock")
  void reserve(String item, int amount) {
    if (amount < 0) {
      throw new IllegalArgumentException("less than nothing of " + item);
    }
    note(item, "r", amount);
  }

  @Confirm
  void confirm(String item, int amount) {
    note(item, "c", amount);
  }

  @Cancel
  void cancel(String item, int amount) {
    note(item, "x", amount);
  }
}
