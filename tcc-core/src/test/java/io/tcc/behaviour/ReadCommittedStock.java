package io.tcc.behaviour;

import io.tcc.annotation.Cancel;
import io.tcc.annotation.Confirm;
import io.tcc.annotation.Try;
import io.tcc.transaction.BranchId;
import org.springframework.jdbc.core.JdbcTemplate;
import org.springframework.transaction.annotation.Isolation;
import org.springframework.transaction.annotation.Transactional;

/** As {@link Stock}, and its Try runs READ COMMITTED whatever the database's default is. */
public class ReadCommittedStock extends Shelf {

  public ReadCommittedStock(JdbcTemplate sql) {
    super(sql);
  }

  @Override
  @Try("read committed stock")
  @Transactional(isolation = Isolation.READ_COMMITTED)
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
