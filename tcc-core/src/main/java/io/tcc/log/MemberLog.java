package io.tcc.log;

import io.tcc.transaction.BranchState;
import io.tcc.transaction.CallPath;
import io.tcc.transaction.Member;
import io.tcc.transaction.Member.Asked;
import io.tcc.transaction.Member.Cause;
import io.tcc.transaction.Site;
import io.tcc.transaction.Xid;
import java.time.Instant;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What this service is in transactions that take rounds. Every method works in the current local
 * transaction. Who also locks the fences of the transaction's calls locks those first.
 */
public interface MemberLog {

  /** Inserts a member, unless there is one; the local transaction stays usable either way. */
  boolean insert(Member member);

  Optional<Member> find(Xid xid);

  /** As {@link #find}, locked until the local transaction ends. */
  Optional<Member> lock(Xid xid);

  /** Notes who takes part; false if it is not READY any more. */
  boolean tellPeers(Xid xid, Set<CallPath> paths, Collection<Site> peers, Instant nextCheck);

  /** READY → PRE_COMMITTED: what was asked before no longer counts. */
  boolean preCommit(Xid xid, long epoch, Instant nextCheck);

  /** Notes a round; false if the epoch has moved on, or there is an outcome. */
  boolean takePart(Xid xid, long from, long to, List<Asked> asked);

  /**
   * Moves a member without an outcome to one.
   *
   * @param epoch in which it must still be; null for any
   * @param nextCheck when to ask whether the initiator decided likewise; null if it did
   */
  boolean complete(
      Xid xid, @Nullable Long epoch, BranchState to, Cause cause, @Nullable Instant nextCheck);

  /** The initiator decided likewise, or nothing more can be learned. */
  void settle(Xid xid, @Nullable String error);

  /** The initiator decided otherwise; false if that was known. */
  boolean diverge(Xid xid, String error);

  /** An operator has seen to it; false if it had not diverged. */
  boolean resolve(Xid xid);

  /**
   * Takes members whose time is over, oldest first; nobody else gets them before {@code until}.
   *
   * @param limit most members to take
   */
  List<Member> claimDue(Instant now, Instant until, int limit);

  /** Notes why it is not settled, and when it asks again. */
  void postpone(Xid xid, Instant nextCheck, String error);

  /** The members that diverged, oldest first. */
  List<Member> diverged(int limit);

  /** Deletes members that are settled and were last changed before an instant. */
  int purge(Instant changedBefore, int limit);
}
