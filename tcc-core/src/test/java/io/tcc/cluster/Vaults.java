package io.tcc.cluster;

import io.tcc.annotation.Commit;
import io.tcc.annotation.Prepare;
import io.tcc.annotation.Rollback;
import io.tcc.transaction.BranchId;
import io.tcc.transaction.Vote;
import java.math.BigDecimal;
import org.springframework.jdbc.core.JdbcTemplate;

/** The accounts by two-phase commit: what is prepared is held back until the outcome is known. */
public class Vaults {

  private final Accounts accounts;

  public Vaults(JdbcTemplate sql) {
    this.accounts = new Accounts(sql);
  }

  @Prepare("vault")
  public Vote prepare(String account, BigDecimal amount) {
    if (amount.signum() < 0) {
      throw new IllegalArgumentException("negative: " + amount);
    }
    if (amount.signum() == 0) {
      return Vote.READ_ONLY;
    }
    try {
      accounts.reserve(account, amount);
      return Vote.YES;
    } catch (Accounts.InsufficientException e) {
      return Vote.NO;
    }
  }

  @Commit
  public void commit(String account, BigDecimal amount, BranchId branch) {
    accounts.spend(account, amount, branch);
  }

  @Rollback
  public void rollback(String account, BigDecimal amount, BranchId branch) {
    accounts.release(account, amount, branch);
  }
}
