package io.tcc.cluster;

import io.tcc.annotation.TwoPhase;
import java.util.Map;
import org.springframework.jdbc.core.JdbcTemplate;

/** Plain JDBC on databases that every service has: one row each, and one unit is taken from it. */
public class Shelf {

  static final String TABLE = "create table shelf (id int primary key, units int not null)";

  static final String TAKE = "update shelf set units = units - 1 where id = 1";

  private final Map<String, JdbcTemplate> sql;

  public Shelf(Map<String, JdbcTemplate> sql) {
    this.sql = sql;
  }

  /** Business code. */
  @FunctionalInterface
  public interface Body {
    void run(JdbcTemplate sql);
  }

  private void take(String database) {
    sql.get(database).update(TAKE);
  }

  @TwoPhase(dataSource = "log")
  public void takeFromLog() {
    take("log");
  }

  @TwoPhase(dataSource = "stock")
  public void takeFromStock() {
    take("stock");
  }

  @TwoPhase(dataSource = "stock")
  public void inStock(Body body) {
    body.run(sql.get("stock"));
  }

  @TwoPhase(dataSource = "log")
  public void inLog(Body body) {
    body.run(sql.get("log"));
  }
}
