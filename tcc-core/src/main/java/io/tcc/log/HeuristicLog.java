package io.tcc.log;

import io.tcc.transaction.Heuristic;
import io.tcc.transaction.Xid;
import java.time.Instant;
import java.util.List;

/**
 * Contradictions between what was decided and what is durable here. They stay until an operator
 * resolves them. Every method works in the current local transaction.
 */
public interface HeuristicLog {

  /** Notes one, unless it is noted already; whether it was resolved does not matter. */
  void record(Heuristic heuristic);

  /** Those that no operator has resolved, oldest first. */
  List<Heuristic> unresolved(int limit);

  /** Marks those of a transaction as resolved; returns how many were not. */
  int resolve(Xid xid, Instant at);

  /** Deletes those that were resolved before an instant, at most so many. */
  int purge(Instant resolvedBefore, int limit);
}
