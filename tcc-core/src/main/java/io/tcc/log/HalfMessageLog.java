package io.tcc.log;

import io.tcc.transaction.HalfMessage;
import io.tcc.transaction.HalfMessageState;
import io.tcc.transaction.Xid;
import java.time.Instant;
import java.util.Collection;
import java.util.List;
import java.util.Optional;

/**
 * The rows that decide over this service's transactional messages. Every method works in the
 * current local transaction; nothing is durable before that one is committed.
 */
public interface HalfMessageLog {

  /**
   * Inserts a row, unless there is one of that id: the first one wins. The local transaction stays
   * usable either way.
   *
   * @return false if there is one; look it up in a new local transaction and obey
   */
  boolean insert(HalfMessage message);

  /**
   * Writes state, key, body, half message and next attempt of a working row: its change is made.
   *
   * @return false if there is no working row of that id: the local transaction has lost it
   */
  boolean commit(HalfMessage message);

  /** Makes a held message committed, and due at once; false if it is not held. */
  boolean release(Xid id, Instant now);

  /** Takes a held message away; false if it is not held. */
  boolean forget(Xid id);

  Optional<HalfMessage> find(Xid id);

  /**
   * Takes over committed rows that are due, oldest first, each with a new epoch.
   *
   * @param now the time, on the database's clock
   * @param until when another instance may take them in turn
   * @param limit most rows to take
   */
  List<HalfMessage> claimDue(Instant now, Instant until, int limit);

  /**
   * Writes state, attempts, next attempt and last error of those rows that are still committed
   * under the same epoch.
   *
   * @return how many were
   */
  int update(Collection<HalfMessage> messages);

  /**
   * Notes that the broker has acknowledged the delivery of committed or parked messages.
   *
   * @return how many were
   */
  int delivered(Collection<Xid> ids);

  /**
   * Makes a committed or parked message due at once, with attempts starting anew; false if it is
   * neither.
   */
  boolean requeue(Xid id, Instant now);

  /** The messages in a state, oldest first. */
  List<HalfMessage> in(HalfMessageState state, int limit);

  /**
   * How much is not finished.
   *
   * @param held messages of undecided global transactions
   * @param committed messages whose delivery is not acknowledged yet
   * @param parked messages that wait for an operator
   */
  record Size(int held, int committed, int parked) {}

  Size size();

  /**
   * Deletes delivered messages and tombstones that were last changed before an instant.
   *
   * @return how many were deleted, at most {@code limit}
   */
  int purge(Instant changedBefore, int limit);
}
