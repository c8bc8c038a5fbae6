package io.tcc.behaviour;

import io.tcc.annotation.Cancel;
import io.tcc.annotation.Try;
import io.tcc.transaction.BranchId;
import org.springframework.jdbc.core.JdbcTemplate;

/** A saga step: its Try is final, and Cancel compensates it. */
public class Points extends Shelf {

  public Points(JdbcTemplate sql) {
    super(sql);
  }

  @Override
  @Try("points")
  public String reserve(String item) {
    sells(item);
    return item + " sold";
  }

  @Cancel
  public void takeBack(String item, BranchId branch) {
    takesBack(item, branch);
  }
}
