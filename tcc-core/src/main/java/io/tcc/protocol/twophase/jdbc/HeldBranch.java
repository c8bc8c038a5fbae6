package io.tcc.protocol.twophase.jdbc;

import io.tcc.context.Held;
import io.tcc.transaction.Work;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Work of the initiator in the log's own database. Its {@code commit()} is put off: the connection
 * is held, further work of the transaction in that database goes on with it, and the decision is
 * inserted and committed with it. Nothing has to be prepared.
 *
 * <p>Used by one thread at a time.
 */
final class HeldBranch extends Lender implements Held {

  private final TwoPhaseDatabase database;
  private final @Nullable String witness;
  private @Nullable LentConnection own;
  private @Nullable Integer isolation;
  private boolean autoCommit;
  private boolean deciding;
  private boolean lost;
  private int works;
  private @Nullable SQLException failure;
  private String reason = "its local transaction failed";

  /**
   * @param witness see {@link Held#witness()}
   */
  HeldBranch(TwoPhaseDatabase database, @Nullable String witness) {
    this.database = database;
    this.witness = witness;
  }

  @Override
  public Optional<String> witness() {
    return Optional.ofNullable(witness);
  }

  /** Why work of it was rolled back at its end. */
  String reason() {
    return reason;
  }

  /** Whether nothing has been done in it yet. */
  boolean isFresh() {
    return works == 0;
  }

  @Override
  public <T extends @Nullable Object, X extends Throwable> T callIn(Work<T, X> work) throws X {
    deciding = true;
    return database.dataSource().callIn(this, work);
  }

  @Override
  Connection lend() throws SQLException {
    if (lost) {
      throw new SQLException("The local transaction that waited for the decision is lost");
    }
    LentConnection held = own;
    if (held != null) {
      LentConnection again = new LentConnection(this, held.pooled());
      own = again;
      return again.proxy();
    }
    if (deciding) {
      throw new SQLException("There is no local transaction that waits for the decision");
    }
    Connection pooled = database.pooled();
    LentConnection lent = new LentConnection(this, pooled);
    isolation = null;
    autoCommit = pooled.getAutoCommit();
    if (!autoCommit) {
      beginOn(lent);
    }
    return lent.proxy();
  }

  @Override
  void beginOn(LentConnection lent) throws SQLException {
    lent.pooled().setAutoCommit(false);
    if (own == null) {
      own = lent;
    }
  }

  @Override
  boolean hasBegun() {
    return own != null;
  }

  @Override
  boolean owns(LentConnection lent) {
    LentConnection held = own;
    return held != null && held.pooled() == lent.pooled();
  }

  @Override
  boolean keepsMode(LentConnection lent) {
    return owns(lent);
  }

  @Override
  void beforeIsolationChanges(LentConnection lent) throws SQLException {
    isolation = lent.pooled().getTransactionIsolation();
  }

  @Override
  void failed(LentConnection lent, SQLException e) {
    if (owns(lent) && !deciding) {
      failure = e;
    }
  }

  @Override
  void recovered(LentConnection lent) {
    if (owns(lent) && failure != null && !isRollback(failure)) {
      failure = null;
    }
  }

  @Override
  void commit(LentConnection lent) throws SQLException {
    if (!owns(lent)) {
      lent.pooled().commit();
    } else if (deciding) {
      lost = true;
      lent.pooled().commit();
      giveBack();
    } else if (failure != null) {
      SQLException swallowed = failure;
      reason = "an SQL error was swallowed: " + swallowed.getMessage();
      rollBack(lent);
      throw new SQLException("The work is rolled back: " + reason, swallowed);
    } else {
      works++;
    }
  }

  @Override
  void rollBack(LentConnection lent) throws SQLException {
    if (!owns(lent)) {
      lent.pooled().rollback();
      return;
    }
    // What earlier work did is gone as well.
    lost = deciding || works > 0;
    failure = null;
    lent.pooled().rollback();
    giveBack();
  }

  @Override
  void close(LentConnection lent) throws SQLException {
    if (!owns(lent) && !lent.pooled().isClosed()) {
      lent.pooled().close();
    }
  }

  @Override
  public void release() {
    LentConnection held = own;
    lost = true;
    if (held == null) {
      return;
    }
    try {
      held.pooled().rollback();
      giveBack();
    } catch (SQLException e) {
      own = null;
      database.end(held.pooled());
    }
  }

  private void giveBack() throws SQLException {
    LentConnection held = own;
    own = null;
    if (held == null) {
      return;
    }
    held.markGone();
    Connection pooled = held.pooled();
    if (isolation != null) {
      pooled.setTransactionIsolation(isolation);
    }
    pooled.setAutoCommit(autoCommit);
    pooled.close();
  }
}
