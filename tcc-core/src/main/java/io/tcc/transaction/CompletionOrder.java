package io.tcc.transaction;

import java.util.Collections;
import java.util.SortedSet;
import java.util.TreeSet;

/**
 * The order to one site to complete its branches of a transaction.
 *
 * @param xid the transaction
 * @param outcome decided
 * @param addressee who completes
 * @param paths with COMMIT: the calls to confirm, every other branch of the xid at that site is
 *     cancelled; with ABORT: all calls that hold or may hold branches, those without get a
 *     tombstone
 */
public record CompletionOrder(Xid xid, Outcome outcome, Site addressee, SortedSet<CallPath> paths) {

  public CompletionOrder {
    paths = Collections.unmodifiableSortedSet(new TreeSet<>(paths));
  }

  /** The part of the order that is not about branches that databases have prepared. */
  public CompletionOrder withoutPrepared() {
    if (paths.stream().noneMatch(CallPath::isPrepared)) {
      return this;
    }
    SortedSet<CallPath> others = new TreeSet<>(paths);
    others.removeIf(CallPath::isPrepared);
    return new CompletionOrder(xid, outcome, addressee, others);
  }
}
