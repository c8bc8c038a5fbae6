package io.tcc.cluster;

import io.tcc.annotation.Cancel;
import io.tcc.annotation.Confirm;
import io.tcc.annotation.Recording;
import io.tcc.annotation.Try;
import org.springframework.jdbc.core.JdbcTemplate;
import org.springframework.transaction.PlatformTransactionManager;
import org.springframework.transaction.TransactionDefinition;
import org.springframework.transaction.support.TransactionTemplate;

/**
 * A participant whose effects are not in the log's database: the account stands for one at a
 * payment provider, so every change of it is durable at once, whatever becomes of the local
 * transaction around it. Like a good provider's, its operations may be repeated.
 */
public class Payments {

  private final JdbcTemplate sql;
  private final TransactionTemplate provider;

  public Payments(JdbcTemplate sql, PlatformTransactionManager manager) {
    this.sql = sql;
    this.provider = new TransactionTemplate(manager);
    this.provider.setPropagationBehavior(TransactionDefinition.PROPAGATION_REQUIRES_NEW);
  }

  @Try(value = "payment", recording = Recording.BEFORE)
  public void charge() {
    atProvider("update account set available = available - 1, reserved = reserved + 1");
  }

  @Confirm
  public void capture() {
    atProvider("update account set spent = spent + reserved, reserved = 0");
  }

  @Cancel
  public void refund() {
    atProvider("update account set available = available + reserved, reserved = 0");
  }

  private void atProvider(String update) {
    provider.executeWithoutResult(status -> sql.update(update));
  }
}
