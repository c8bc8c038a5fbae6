package io.tcc.behaviour;

import io.tcc.annotation.Commit;
import io.tcc.annotation.Prepare;
import io.tcc.annotation.Recording;
import io.tcc.annotation.Rollback;
import io.tcc.transaction.Vote;
import org.springframework.jdbc.core.JdbcTemplate;

/** A 2PC participant of which every change is durable at once; its methods may be repeated. */
public class Safes extends Shelf {

  private final JdbcTemplate sql;
  private volatile Vote vote = Vote.YES;

  public Safes(JdbcTemplate sql) {
    super(sql);
    this.sql = sql;
  }

  /** From now on, Prepare ends with this vote. */
  public void votes(Vote vote) {
    this.vote = vote;
  }

  @Override
  public String reserve(String item) {
    throw new UnsupportedOperationException("its work is prepare");
  }

  @Prepare(value = "safe", recording = Recording.BEFORE)
  public Vote prepare(String item) {
    if (vote != Vote.READ_ONLY) {
      reserves(item);
    }
    return vote;
  }

  @Commit
  public void commit(String item) {
    sql.update("update account set spent = spent + reserved, reserved = 0 where id = ?", item);
    called("Commit", item);
  }

  @Rollback
  public void rollback(String item) {
    sql.update(
        "update account set available = available + reserved, reserved = 0 where id = ?", item);
    called("Rollback", item);
  }
}
