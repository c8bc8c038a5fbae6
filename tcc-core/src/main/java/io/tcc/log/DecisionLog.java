package io.tcc.log;

import io.tcc.transaction.Decision;
import io.tcc.transaction.Xid;
import java.time.Duration;
import java.time.Instant;
import java.util.Collection;
import java.util.List;
import java.util.Optional;

/**
 * The decisions of this service's transactions. Every method works in the current local
 * transaction; nothing is durable before that one is committed.
 */
public interface DecisionLog {

  /**
   * Decides, unless that was done before: the first insertion of an xid wins. The local transaction
   * stays usable either way.
   *
   * <p>Nothing is inserted any more once the database's time is past {@code begun + retention}: the
   * xid may have been decided, completed and purged. Nor is it if the transaction was begun in a
   * log whose identity is not in force: its decision may be elsewhere.
   *
   * @return false if nothing was inserted; look the xid up in a new local transaction. Obey what is
   *     there; if nothing is, nobody can tell the outcome
   */
  boolean insert(Decision decision);

  /**
   * As {@link #insert}, as the last statement of the current local transaction, which it commits in
   * the same round trip where the database can; to be committed, or rolled back, all the same.
   *
   * @param limit of the wait for whoever decides about the same transaction; not of the commit
   * @return false if nothing was inserted, and nothing committed
   * @throws LocalOutcomeUnknownException if the local transaction may be committed
   * @throws RuntimeException if it is not, and cannot be
   */
  boolean insertLast(Decision decision, Duration limit);

  Optional<Decision> find(Xid xid);

  /**
   * Takes over decisions that are to be driven and due, oldest first, each with a new epoch.
   *
   * @param owner the instance that takes them
   * @param now the time, on the database's clock
   * @param until when another instance may take them in turn
   * @param limit most decisions to take
   */
  List<Decision> claimDue(String owner, Instant now, Instant until, int limit);

  /**
   * Writes the driving fields (state, acknowledgements, attempts, next attempt, last error) of a
   * decision.
   *
   * @return false if it is not driven any more under the same epoch
   */
  boolean update(Decision driven);

  /**
   * Notes that everybody has acknowledged: {@code DONE}. Those that are not driven any more under
   * the same epoch stay as they are. A crash of the database soon after the commit may take that
   * back: they are then driven again after their lease.
   *
   * @return how many were closed
   */
  int close(Collection<Decision> acknowledged);

  /**
   * Turns PRE_COMMIT into COMMIT or ABORT, unless that was done before.
   *
   * @param settled with the final outcome, and what goes with it
   * @return false if the outcome is not PRE_COMMIT any more; look it up in a new local transaction
   *     and obey
   */
  boolean settle(Decision settled);

  /** Ends a decision that diverged, after an operator has seen to it; false if it has not. */
  boolean resolve(Xid xid);

  /**
   * Gives a parked or driven decision back to be driven at once, with attempts starting anew.
   *
   * @return false if there is no such decision, or it is done
   */
  boolean requeue(Xid xid, Instant now);

  /**
   * Deletes decisions that are done and begun before an instant.
   *
   * @return how many were deleted, at most {@code limit}
   */
  int purge(Instant begunBefore, int limit);
}
