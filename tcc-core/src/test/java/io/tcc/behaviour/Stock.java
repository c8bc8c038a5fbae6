package io.tcc.behaviour;

import io.tcc.annotation.Cancel;
import io.tcc.annotation.Confirm;
import io.tcc.annotation.Try;
import io.tcc.transaction.BranchId;
import org.springframework.jdbc.core.JdbcTemplate;

/** The usual participant: its effects are in the database that holds its branches. */
public class Stock extends Shelf {

  public Stock(JdbcTemplate sql) {
    super(sql);
  }

  @Override
  @Try("stock")
  public String reserve(String item) {
    reserves(item);
    return item + " reserved";
  }

  @Confirm
  public void take(String item, BranchId branch) {
    spends(item, branch);
  }

  @Cancel
  public void putBack(String item, BranchId branch) {
    releases(item, branch);
  }
}
