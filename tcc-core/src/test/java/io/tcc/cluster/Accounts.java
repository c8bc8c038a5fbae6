package io.tcc.cluster;

import io.tcc.annotation.Cancel;
import io.tcc.annotation.Confirm;
import io.tcc.annotation.Try;
import io.tcc.transaction.BranchId;
import java.math.BigDecimal;
import org.springframework.jdbc.core.JdbcTemplate;

/**
 * A participant whose rows tell afterwards what was done to them: an amount is available, reserved
 * or spent, and each Confirm and Cancel leaves a line in a journal.
 */
public class Accounts {

  /** Tables that the participant works on. */
  public static final String[] TABLES = {
    """
    create table account (
      id varchar(20) primary key, available decimal(12,2) not null,
      reserved decimal(12,2) not null, spent decimal(12,2) not null)""",
    "create table journal (xid varchar(32) not null, branch varchar(120) not null, what varchar(20))"
  };

  private final JdbcTemplate sql;

  public Accounts(JdbcTemplate sql) {
    this.sql = sql;
  }

  @Try("account")
  public String reserve(String account, BigDecimal amount) {
    int changed =
        sql.update(
            """
            update account set available = available - ?, reserved = reserved + ?
            where id = ? and available >= ?""",
            amount,
            amount,
            account,
            amount);
    if (changed == 0) {
      throw new InsufficientException(account);
    }
    return "reserved";
  }

  @Confirm
  public void spend(String account, BigDecimal amount, BranchId branch) {
    sql.update(
        "update account set reserved = reserved - ?, spent = spent + ? where id = ?",
        amount,
        amount,
        account);
    journal(branch, "CONFIRM");
  }

  @Cancel
  public void release(String account, BigDecimal amount, BranchId branch) {
    sql.update(
        "update account set reserved = reserved - ?, available = available + ? where id = ?",
        amount,
        amount,
        account);
    journal(branch, "CANCEL");
  }

  private void journal(BranchId branch, String what) {
    sql.update(
        "insert into journal (xid, branch, what) values (?, ?, ?)",
        branch.xid().value(),
        branch.toString(),
        what);
  }

  /** Too little is available. */
  public static class InsufficientException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    public InsufficientException(String account) {
      super("too little on " + account);
    }
  }
}
