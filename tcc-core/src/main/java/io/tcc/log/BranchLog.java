package io.tcc.log;

import io.tcc.transaction.Branch;
import io.tcc.transaction.BranchId;
import io.tcc.transaction.BranchState;
import io.tcc.transaction.CallPath;
import io.tcc.transaction.Fence;
import io.tcc.transaction.GlobalTransaction;
import io.tcc.transaction.Site;
import io.tcc.transaction.Xid;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The branches that this service holds, beside the business rows that they change. Every method
 * works in the current local transaction; nothing is durable before that one is committed.
 */
public interface BranchLog {

  /**
   * Inserts the fence of a call, unless there is one. The local transaction stays usable either
   * way.
   *
   * @return false if the call has a fence; lock it and look
   */
  boolean insertFence(GlobalTransaction transaction, Fence fence);

  /** As {@link #insertFence}, for a call that is to be refused should it still arrive. */
  boolean insertTombstone(Xid xid, CallPath path, Site site);

  /** Locks the fence of one call until the local transaction ends. */
  Optional<Fence> lockFence(Xid xid, CallPath path);

  /**
   * Locks all fences of a transaction until the local transaction ends, in one order for everybody.
   */
  List<Fence> lockFences(Xid xid);

  /** Moves an open fence to a terminal state; false if it was not open. */
  boolean closeFence(Xid xid, CallPath path, BranchState to);

  /**
   * Inserts a branch.
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
   * Moves a branch from one state to another.
   *
   * @return false if it was not in the state {@code from}
   */
  boolean move(BranchId id, BranchState from, BranchState to);

  /** The branches of a transaction that are not in a terminal state. */
  List<Branch> open(Xid xid);

  /** All branches of a transaction, without fences. */
  List<Branch> all(Xid xid);

  /**
   * Takes branches that are due to ask for their outcome, oldest first; nobody else gets them
   * before {@code until}.
   *
   * @param now the time, on the database's clock
   * @param limit most branches to take
   */
  List<Branch> claimDue(Instant now, Instant until, int limit);

  /**
   * Notes a failed attempt of an open branch and when it is due again; null: not before it is told.
   */
  void postpone(BranchId id, @Nullable Instant nextCheck, String error);

  /** Takes an open branch out of the running until an operator, or its initiator, turns to it. */
  boolean park(BranchId id, String error);

  /** Makes all open branches of a transaction due, parked or not; returns how many. */
  int requeue(Xid xid, Instant now);

  /** The parked branches, oldest first. */
  List<Branch> parked(int limit);

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
   * Moves a branch to a terminal state.
   *
   * @param token random text of this completion, by which {@link #carries} recognises the row
   * @return false if it was not in the state {@code from}
   */
  boolean complete(BranchId id, BranchState from, BranchState to, String token);
}
