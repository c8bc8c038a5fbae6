package io.tcc.sample.inventory.checked;

import io.tcc.annotation.Abort;
import io.tcc.annotation.CanCommit;
import io.tcc.annotation.DoCommit;
import io.tcc.annotation.OnDivergence;
import io.tcc.annotation.PreCommit;
import io.tcc.transaction.BranchId;
import io.tcc.transaction.TransactionEvent;
import io.tcc.transaction.Vote;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Service;

/** A 3PC participant: once its parcel is packed, it does not wait for ever to be told. */
@Service
public class CheckedStock {

  private static final Logger log = LoggerFactory.getLogger(CheckedStock.class);

  private final JdbcClient jdbc;

  CheckedStock(JdbcClient jdbc) {
    this.jdbc = jdbc;
  }

  /** Are they there? Reserves the goods and votes; NO if there are fewer. */
  @CanCommit("checked-stock")
  public Vote check(String item, int quantity) {
    int reserved =
        update(
            """
            update stock set available = available - :quantity, reserved = reserved + :quantity
            where item = :item and available >= :quantity""",
            item,
            quantity);
    return reserved == 1 ? Vote.YES : Vote.NO;
  }

  /** Everybody said yes: the parcel is packed, and not sent yet. */
  @PreCommit
  public void pack(String item, int quantity, BranchId id) {
    jdbc.sql("insert into parcel (id, item, quantity, sent) values (?, ?, ?, false)")
        .params(id.toString(), item, quantity)
        .update();
  }

  /** It is final, or nobody answers any more: the parcel goes out. */
  @DoCommit
  public void send(String item, int quantity, BranchId id) {
    update(
        """
        update stock set reserved = reserved - :quantity, sold = sold + :quantity
        where item = :item""",
        item,
        quantity);
    jdbc.sql("update parcel set sent = true where id = ?").param(id.toString()).update();
  }

  /** It does not come about: the goods go back, a parcel is unpacked. */
  @Abort
  public void putBack(String item, int quantity, BranchId id) {
    update(
        """
        update stock set reserved = reserved - :quantity, available = available + :quantity
        where item = :item""",
        item,
        quantity);
    jdbc.sql("delete from parcel where id = ?").param(id.toString()).update();
  }

  /** The order service has decided otherwise: somebody has to look at it. */
  @OnDivergence
  public void diverged(TransactionEvent.Diverged divergence) {
    log.error("A parcel has to be put right by hand: {}", divergence.reason());
  }

  private int update(String sql, String item, int quantity) {
    return jdbc.sql(sql).param("item", item).param("quantity", quantity).update();
  }
}
