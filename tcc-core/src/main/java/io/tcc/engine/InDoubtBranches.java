package io.tcc.engine;

import io.tcc.log.AuditLog;
import io.tcc.log.HeuristicLog;
import io.tcc.log.LocalTransactions;
import io.tcc.participant.BranchesElsewhere;
import io.tcc.transaction.AuditEntry;
import io.tcc.transaction.CompletionAnswer;
import io.tcc.transaction.GlobalTransaction;
import io.tcc.transaction.Heuristic;
import io.tcc.transaction.Instance;
import io.tcc.transaction.Outcome;
import io.tcc.transaction.Xid;
import java.util.List;
import java.util.Optional;

/**
 * What a person can see and do about branches that databases have prepared and that wait for a
 * decision: they hold their locks meanwhile. Forcing an outcome is the last resort: if the
 * initiator decides otherwise, the contradiction is found when it says so, and stays until somebody
 * resolves it. Every action is noted with who did it and why, before it is done.
 */
public final class InDoubtBranches {

  private static final int MAX_LISTED = Operator.MAX_LISTED;

  private final Instance instance;
  private final Inquiries inquiries;
  private final BranchesElsewhere branches;
  private final HeuristicLog heuristics;
  private final AuditLog audit;
  private final LocalTransactions local;
  private final Limits limits;

  public InDoubtBranches(
      Instance instance,
      Inquiries inquiries,
      BranchesElsewhere branches,
      HeuristicLog heuristics,
      AuditLog audit,
      LocalTransactions local,
      Limits limits) {
    this.instance = instance;
    this.inquiries = inquiries;
    this.branches = branches;
    this.heuristics = heuristics;
    this.audit = audit;
    this.local = local;
    this.limits = limits;
  }

  /** The branches that are prepared here and have no outcome yet, oldest first. */
  public List<BranchesElsewhere.InDoubt> all(int limit) {
    return branches.inDoubt(Math.min(limit, MAX_LISTED));
  }

  /** The contradictions that nobody has resolved, oldest first. */
  public List<Heuristic> heuristics(int limit) {
    return local.separate(limits.call(), () -> heuristics.unresolved(Math.min(limit, MAX_LISTED)));
  }

  /**
   * Gives the branches of a transaction that are prepared here an outcome, without its initiator.
   * Where that is this service, ABORT is decided first, so that all others learn of it, and who is
   * still at work cannot commit any more.
   *
   * @param actor who wants it, for the audit
   * @param reason why, for the audit
   * @return whether that is done; a conflict if this service has decided otherwise
   * @throws IllegalArgumentException if the actor or the reason is blank or too long
   */
  public CompletionAnswer force(Xid xid, Outcome outcome, String actor, String reason) {
    note(xid, "FORCE_" + outcome, actor, reason);
    if (outcome == Outcome.ABORT) {
      Outcome decided = prepared(xid).flatMap(inquiries::abort).orElse(Outcome.ABORT);
      if (decided != Outcome.ABORT) {
        return CompletionAnswer.conflict("This service has decided: " + decided);
      }
    }
    return branches.force(xid, outcome);
  }

  /** A transaction of which something is prepared here. */
  private Optional<GlobalTransaction> prepared(Xid xid) {
    return branches.inDoubt(Integer.MAX_VALUE).stream()
        .map(BranchesElsewhere.InDoubt::transaction)
        .filter(each -> each.xid().equals(xid))
        .findFirst();
  }

  /**
   * Marks the contradictions of a transaction as resolved, whatever that took.
   *
   * @return how many were not resolved before
   * @throws IllegalArgumentException if the actor or the reason is blank or too long
   */
  public int resolve(Xid xid, String actor, String reason) {
    AuditEntry entry = entry(xid, "RESOLVE", actor, reason);
    return local.separate(
        limits.call(),
        () -> {
          int resolved = heuristics.resolve(xid, entry.at());
          if (resolved > 0) {
            audit.append(entry);
          }
          return resolved;
        });
  }

  private void note(Xid xid, String action, String actor, String reason) {
    AuditEntry entry = entry(xid, action, actor, reason);
    local.separate(
        limits.call(),
        () -> {
          audit.append(entry);
          return true;
        });
  }

  private AuditEntry entry(Xid xid, String action, String actor, String reason) {
    return new AuditEntry(
        instance.identifiers().next(), xid, action, actor, reason, instance.clock().instant());
  }
}
