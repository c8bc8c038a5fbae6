package io.tcc.cluster;

import io.tcc.annotation.TwoPhase;
import java.util.Map;
import org.springframework.jdbc.core.JdbcTemplate;

/** Plain JDBC on a database that only the initiator has. */
public class Till {

  private final JdbcTemplate sql;

  public Till(Map<String, JdbcTemplate> sql) {
    this.sql = sql.get("bank");
  }

  @TwoPhase(dataSource = "bank")
  public void take() {
    sql.update(Shelf.TAKE);
  }
}
