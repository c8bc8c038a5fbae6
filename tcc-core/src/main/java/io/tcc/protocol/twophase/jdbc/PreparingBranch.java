package io.tcc.protocol.twophase.jdbc;

import io.tcc.protocol.twophase.jdbc.PreparingDatabase.Beginning;
import io.tcc.protocol.twophase.jdbc.PreparingDatabase.Session;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * A branch while business code works in it. The first connection that leaves autocommit mode is the
 * branch's; its {@code commit()} is the vote:
 *
 * <ol>
 *   <li>An SQL error that business code has swallowed, or a passed deadline: NO.
 *   <li>Nothing was written: end the local transaction, vote READ_ONLY; there is no second phase.
 *       The database is asked only if no statement has said that it changed rows.
 *   <li>Insert the row of the vote. One under the same key, or a tombstone of the transaction: NO.
 *   <li>Prepare. An error: NO. No answer: unknown.
 *   <li>Where the session cannot do anything else any more, end it, and take it out of the pool; or
 *       keep it aside.
 * </ol>
 *
 * <p>NO rolls back. Used by one thread.
 */
final class PreparingBranch extends Lender {

  /** How the branch has voted. */
  enum Vote {
    /** Not yet. */
    NONE,
    YES,
    READ_ONLY,
    NO,
    UNKNOWN
  }

  private final TwoPhaseDatabase database;
  private final PreparingDatabase preparing;
  private final Gid gid;
  private final Clock clock;
  private final Instant deadline;
  private @Nullable LentConnection own;
  private Beginning beginning = new Beginning(0);
  private Vote vote = Vote.NONE;
  private String reason = "";
  private @Nullable SQLException failure;
  private boolean changed;

  PreparingBranch(TwoPhaseDatabase database, Gid gid, Clock clock, Instant deadline) {
    this.database = database;
    this.preparing = database.preparing();
    this.gid = gid;
    this.clock = clock;
    this.deadline = deadline;
  }

  Vote vote() {
    return vote;
  }

  /** Why the vote is NO or unknown. */
  String reason() {
    return reason;
  }

  @Override
  Connection lend() throws SQLException {
    Connection pooled = database.pooled();
    LentConnection lent = new LentConnection(this, pooled);
    if (!pooled.getAutoCommit()) {
      beginOn(lent);
    }
    return lent.proxy();
  }

  @Override
  void beginOn(LentConnection lent) throws SQLException {
    lent.pooled().setAutoCommit(false);
    if (own == null) {
      own = lent;
      beginning = preparing.begin(lent.pooled(), gid.text());
    }
  }

  @Override
  boolean hasBegun() {
    return own != null;
  }

  @Override
  boolean owns(LentConnection lent) {
    return lent == own;
  }

  @Override
  boolean keepsMode(LentConnection lent) {
    // A failed vote leaves nothing behind; before the vote the mode is the branch's.
    return lent == own && vote == Vote.NONE;
  }

  @Override
  void beforeIsolationChanges(LentConnection lent) {}

  @Override
  void failed(LentConnection lent, SQLException e) {
    if (lent == own && vote == Vote.NONE) {
      failure = e;
    }
  }

  /** Spares the question whether anything was written; being wrong costs a second phase. */
  @Override
  void changed(LentConnection lent) {
    changed |= lent == own;
  }

  @Override
  void recovered(LentConnection lent) {
    changed = false;
    if (lent == own && failure != null && !isRollback(failure)) {
      failure = null;
    }
  }

  @Override
  void commit(LentConnection lent) throws SQLException {
    if (lent != own) {
      lent.pooled().commit();
      return;
    }
    if (vote != Vote.NONE) {
      return;
    }
    Duration left = Duration.between(clock.instant(), deadline);
    if (failure != null) {
      throw no(lent, "an SQL error was swallowed: " + failure.getMessage(), failure);
    }
    if (left.isNegative() || left.isZero()) {
      throw no(lent, "it came after the deadline of the global transaction", null);
    }
    try {
      vote(lent, left);
    } catch (SQLException e) {
      if (vote == Vote.NO) {
        throw e;
      }
      if (preparing.isLostAnswer(e)) {
        unknown(lent, e);
        throw e;
      }
      throw no(lent, e.getMessage(), e);
    } catch (RuntimeException | Error e) {
      unknown(lent, e);
      throw e;
    }
  }

  private void vote(LentConnection lent, Duration left) throws SQLException {
    Connection connection = lent.pooled();
    String name = gid.text();
    if (!changed && preparing.wroteNothing(connection, beginning)) {
      preparing.commit(connection, name);
      vote = Vote.READ_ONLY;
      return;
    }
    if (!preparing.prepare(connection, name, database.vote(gid, clock.instant(), left))) {
      throw no(lent, "the transaction is aborted already", null);
    }
    vote = Vote.YES;
    if (preparing.session() != Session.FREE) {
      leave(lent);
    }
  }

  private SQLException no(LentConnection lent, @Nullable String why, @Nullable SQLException cause) {
    vote = Vote.NO;
    reason = String.valueOf(why);
    try {
      preparing.rollBack(lent.pooled(), gid.text());
    } catch (SQLException e) {
      end(lent);
    }
    return new SQLException("The branch votes NO: " + why, cause);
  }

  private void unknown(LentConnection lent, Throwable e) {
    vote = Vote.UNKNOWN;
    reason = "it is not known whether it is prepared: " + e.getMessage();
    leave(lent);
  }

  /** Leaves a session that may have prepared. */
  private void leave(LentConnection lent) {
    if (preparing.session() == Session.KEPT) {
      lent.markGone();
      database.keep(gid.text(), lent.pooled());
    } else {
      end(lent);
    }
  }

  /** Ends the session; the pool must not lend it again. */
  private void end(LentConnection lent) {
    lent.markGone();
    database.end(lent.pooled());
  }

  @Override
  void rollBack(LentConnection lent) throws SQLException {
    if (lent != own) {
      lent.pooled().rollback();
    } else if (vote == Vote.NONE) {
      vote = Vote.NO;
      reason = "it was rolled back";
      try {
        preparing.rollBack(lent.pooled(), gid.text());
      } catch (SQLException e) {
        // What is not prepared goes with its session.
        end(lent);
      }
    }
  }

  @Override
  void close(LentConnection lent) throws SQLException {
    if (lent == own && vote == Vote.NONE) {
      rollBack(lent);
    }
    lent.pooled().close();
  }
}
