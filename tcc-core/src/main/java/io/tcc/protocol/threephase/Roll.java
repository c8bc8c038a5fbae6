package io.tcc.protocol.threephase;

import io.tcc.transaction.CallPath;
import io.tcc.transaction.Site;
import io.tcc.transaction.Xid;
import java.util.Collections;
import java.util.List;
import java.util.SortedSet;
import java.util.TreeSet;

/**
 * Tells a member who else takes part, before anybody pre-commits.
 *
 * @param xid the transaction
 * @param from the initiator
 * @param addressee the member
 * @param paths its calls that a COMMIT confirms
 * @param peers the other members
 */
public record Roll(
    Xid xid, Site from, Site addressee, SortedSet<CallPath> paths, List<Site> peers) {

  public Roll {
    paths = Collections.unmodifiableSortedSet(new TreeSet<>(paths));
    peers = List.copyOf(peers);
  }
}
