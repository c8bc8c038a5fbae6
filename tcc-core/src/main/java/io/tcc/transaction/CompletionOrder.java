package io.tcc.transaction;

import java.time.Instant;
import java.util.Collections;
import java.util.SortedSet;
import java.util.TreeSet;

/**
 * The order to one site to complete the branches of a transaction that were recorded under it.
 *
 * @param xid the transaction
 * @param begun when the transaction began, on the initiator's clock
 * @param outcome decided
 * @param addressee who completes
 * @param paths with COMMIT: the calls to confirm, every other branch of the xid at that site is
 *     cancelled; with ABORT: all calls that hold or may hold branches, those without get a
 *     tombstone
 */
public record CompletionOrder(
    Xid xid, Instant begun, Outcome outcome, Site addressee, SortedSet<CallPath> paths) {

  public CompletionOrder {
    if (!outcome.isFinal()) {
      throw new IllegalArgumentException(outcome + " of " + xid + " completes nothing");
    }
    GlobalTransaction.requireTime(begun);
    paths = Collections.unmodifiableSortedSet(new TreeSet<>(paths));
  }

  /** The part of the order that is not about branches that databases have prepared. */
  public CompletionOrder withoutPrepared() {
    if (paths.stream().noneMatch(CallPath::isPrepared)) {
      return this;
    }
    SortedSet<CallPath> others = new TreeSet<>(paths);
    others.removeIf(CallPath::isPrepared);
    return new CompletionOrder(xid, begun, outcome, addressee, others);
  }
}
