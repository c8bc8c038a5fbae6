package io.tcc.log;

import io.tcc.transaction.Branch;
import io.tcc.transaction.BranchId;
import io.tcc.transaction.BranchState;
import io.tcc.transaction.CallPath;
import io.tcc.transaction.Fence;
import io.tcc.transaction.Site;
import io.tcc.transaction.Xid;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/**
 * The branches that this service holds, beside the business rows that they change. Every method
 * works in the current local transaction; nothing is durable before that one is committed.
 */
public interface BranchLog {

  /**
   * The branches of a transaction that are not in a terminal state, in the order of their Try.
   *
   * @param readable those that can be completed
   * @param unreadable for each of the others, which row it is and why it cannot be read
   */
  record OpenBranches(List<Branch> readable, List<String> unreadable) {
    public OpenBranches {
      readable = List.copyOf(readable);
      unreadable = List.copyOf(unreadable);
    }
  }

  /**
   * Inserts a branch together with the fence of its call, unless the call has one. The local
   * transaction stays usable either way.
   *
   * @param token see {@link #insert}
   * @return false if the call has a fence, and nothing was inserted; lock it and look
   */
  boolean insertFirst(Fence fence, Branch branch, String token);

  /**
   * Inserts the closed fence of a call that is to be refused should it still arrive, unless the
   * call has one. The local transaction stays usable either way.
   *
   * @param site under which it would have been recorded
   * @return false if the call has a fence; lock it and look
   */
  boolean insertTombstone(Xid xid, CallPath path, Site site);

  /** Locks the fence of one call until the local transaction ends. */
  Optional<Fence> lockFence(Xid xid, CallPath path);

  /**
   * Locks all fences of a transaction until the local transaction ends, in one order for everybody.
   */
  List<Fence> lockFences(Xid xid);

  /**
   * Inserts a branch of a call that has its fence.
   *
   * @param token random text of this execution, by which {@link #carries} recognises the row
   */
  void insert(Branch branch, String token);

  /**
   * Whether the row of a branch is there and was written by the execution, or completed by the
   * completion, that knows the token.
   */
  boolean carries(BranchId id, String token);

  /** Stores what the work phase returned; false if the row is not that of the token. */
  boolean storeResult(BranchId id, String token, String result);

  /**
   * Deletes a branch that has nothing to complete, and the fence of its call if no other branch
   * stands behind it.
   *
   * @return false if the row is not that of the token
   */
  boolean withdraw(BranchId id, String token);

  /**
   * Moves a branch from one state to another.
   *
   * @return false if it was not in the state {@code from}
   */
  boolean move(BranchId id, BranchState from, BranchState to);

  /** The branches of a transaction that are not in a terminal state; parks the unreadable ones. */
  OpenBranches open(Xid xid);

  /** All readable branches of a transaction, without fences. */
  List<Branch> all(Xid xid);

  /**
   * Takes branches that are due to ask for their outcome, oldest first; nobody else gets them
   * before {@code until}. Each has then one attempt more. Parks those that cannot be read.
   *
   * @param now the time, on the database's clock
   * @param limit most branches to take
   */
  List<Branch> claimDue(Instant now, Instant until, int limit);

  /**
   * Notes a failed attempt of an open branch and when it is due again, unless it is parked or
   * somebody has taken it since: whose branch has fewer attempts than the row is late.
   *
   * @return whether it was noted
   */
  boolean postpone(Branch branch, Instant nextCheck, String error);

  /**
   * Takes an open branch out of the running until an operator, or its initiator, turns to it;
   * unless it is parked or somebody has taken it since.
   *
   * @return whether this parked it
   */
  boolean park(Branch branch, String error);

  /** Makes all open branches of a transaction due, parked or not; returns how many. */
  int requeue(Xid xid, Instant now);

  /**
   * Deletes rows of calls whose rows are all in a terminal state and were last changed before an
   * instant.
   *
   * @return how many rows were deleted, about {@code limit} at most
   */
  int purge(Instant changedBefore, int limit);

  /** Inserts the row that proves that a local transaction was not rolled back half-way. */
  void insertWitness(Xid xid, String token);

  /** Deletes that row; false if it is not there any more. */
  boolean deleteWitness(Xid xid, String token);

  /**
   * Moves rows to states in which they ask nobody: terminal ones, or {@code PRE_COMMITTED}, where
   * the member of the transaction does.
   *
   * @param token random text of this completion, by which {@link #carries} recognises the rows
   * @return false if one of them was not in the state that it was to be moved from; roll back then
   */
  boolean complete(List<Change> changes, String token);

  /**
   * A change of state.
   *
   * @param id the row; a fence, if its ordinal is 0
   */
  record Change(BranchId id, BranchState from, BranchState to) {}
}
