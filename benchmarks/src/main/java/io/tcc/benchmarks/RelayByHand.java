package io.tcc.benchmarks;

import java.util.Collections;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicInteger;
import org.springframework.jdbc.core.JdbcTemplate;
import org.springframework.transaction.support.TransactionTemplate;

/**
 * The least that sends what is in a table: one thread that reads a batch and marks it, without
 * leases, order, retries or other instances. What it sends goes nowhere.
 */
final class RelayByHand implements AutoCloseable {

  private static final int BATCH = 500;

  private final JdbcTemplate sql;
  private final TransactionTemplate local;
  private final Thread thread = new Thread(this::run, "relay-by-hand");
  private final AtomicInteger marked = new AtomicInteger();
  private volatile boolean closed;

  RelayByHand(JdbcTemplate sql, TransactionTemplate local) {
    this.sql = sql;
    this.local = local;
    thread.start();
  }

  private void run() {
    while (!closed) {
      int sent = Objects.requireNonNull(local.execute(status -> send()));
      marked.addAndGet(sent);
      if (sent < BATCH) {
        pause();
      }
    }
  }

  /** Until so many messages are marked. */
  void await(int messages) {
    while (marked.get() < messages) {
      pause();
    }
  }

  private static void pause() {
    try {
      Thread.sleep(10);
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  private int send() {
    List<Object> ids =
        sql.query(
            "select * from by_hand where state = 'PENDING' order by stored_at limit " + BATCH,
            (row, number) -> row.getString("id"));
    if (!ids.isEmpty()) {
      sql.update(
          "update by_hand set state = 'SENT' where id in ("
              + String.join(", ", Collections.nCopies(ids.size(), "?"))
              + ")",
          ids.toArray());
    }
    return ids.size();
  }

  @Override
  public void close() throws InterruptedException {
    closed = true;
    thread.join();
  }
}
