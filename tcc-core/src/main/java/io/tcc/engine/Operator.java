package io.tcc.engine;

import io.tcc.log.AuditLog;
import io.tcc.log.Backlog;
import io.tcc.log.BranchLog;
import io.tcc.log.DecisionLog;
import io.tcc.log.IdentityLog;
import io.tcc.log.LocalTransactions;
import io.tcc.log.MemberLog;
import io.tcc.transaction.AuditEntry;
import io.tcc.transaction.Branch;
import io.tcc.transaction.Decision;
import io.tcc.transaction.Instance;
import io.tcc.transaction.Member;
import io.tcc.transaction.Xid;
import java.util.List;
import java.util.Optional;

/**
 * What a person can see and do about transactions that do not end by themselves. An outcome is
 * final: all that can be done is to have it carried out. Every action is noted with who did it and
 * why, in the same local transaction.
 */
public final class Operator {

  /** Most items that one list holds. */
  public static final int MAX_LISTED = 1000;

  private static final String RETRY = "RETRY";
  private static final String RESOLVE = "RESOLVE";
  private static final String RETIRE_LOG = "RETIRE_LOG";

  private final Instance instance;
  private final DecisionLog decisions;
  private final BranchLog branches;
  private final MemberLog members;
  private final Backlog backlog;
  private final AuditLog audit;
  private final IdentityLog identities;
  private final LocalTransactions local;
  private final Limits limits;

  public Operator(
      Instance instance,
      DecisionLog decisions,
      BranchLog branches,
      MemberLog members,
      Backlog backlog,
      AuditLog audit,
      IdentityLog identities,
      LocalTransactions local,
      Limits limits) {
    this.instance = instance;
    this.decisions = decisions;
    this.branches = branches;
    this.members = members;
    this.backlog = backlog;
    this.audit = audit;
    this.identities = identities;
    this.local = local;
    this.limits = limits;
  }

  /** Decided transactions that this service began, and branches that it holds, oldest first. */
  public record Listing(List<Decision> decisions, List<Branch> branches) {
    public Listing {
      decisions = List.copyOf(decisions);
      branches = List.copyOf(branches);
    }
  }

  /** What is known here of one transaction. */
  public record Dossier(
      Optional<Decision> decision,
      List<Branch> branches,
      Optional<Member> member,
      List<AuditEntry> actions) {
    public Dossier {
      branches = List.copyOf(branches);
      actions = List.copyOf(actions);
    }

    /** Whether nothing is known here. */
    public boolean isEmpty() {
      return decision.isEmpty() && branches.isEmpty() && member.isEmpty();
    }
  }

  /**
   * What a retry has put back to work.
   *
   * @param decision whether the transaction is driven again
   * @param branches how many branches ask for their outcome again
   */
  public record Retried(boolean decision, int branches) {

    /** Whether there was nothing to retry. */
    public boolean isEmpty() {
      return !decision && branches == 0;
    }
  }

  /** How much is not finished. */
  public Backlog.Size size() {
    return local.separate(limits.call(), backlog::size);
  }

  /**
   * What waits for an operator.
   *
   * @param limit most decisions, and most branches, at most {@link #MAX_LISTED}
   */
  public Listing parked(int limit) {
    int most = checked(limit);
    return local.separate(
        limits.call(),
        () -> new Listing(backlog.parkedDecisions(most), backlog.parkedBranches(most)));
  }

  /**
   * What is under way.
   *
   * @param limit most decisions, and most branches, at most {@link #MAX_LISTED}
   */
  public Listing open(int limit) {
    int most = checked(limit);
    return local.separate(
        limits.call(),
        () -> new Listing(backlog.drivingDecisions(most), backlog.openBranches(most)));
  }

  /** Everything that is known here of one transaction. */
  public Dossier find(Xid xid) {
    return local.separate(
        limits.call(),
        () ->
            new Dossier(decisions.find(xid), branches.all(xid), members.find(xid), audit.of(xid)));
  }

  /**
   * Has a parked transaction driven again, and its branches here ask again, with attempts starting
   * anew. The next pass of recovery takes them. Also speeds up what merely waits for its next
   * attempt.
   *
   * @param actor who wants it, for the audit
   * @param reason why, for the audit
   * @return what was put back to work; if nothing was, nothing is noted either
   * @throws IllegalArgumentException if the actor or the reason is blank or too long
   */
  public Retried retry(Xid xid, String actor, String reason) {
    AuditEntry entry =
        new AuditEntry(
            instance.identifiers().next(), xid, RETRY, actor, reason, instance.clock().instant());
    return local.separate(
        limits.call(),
        () -> {
          Retried retried =
              new Retried(decisions.requeue(xid, entry.at()), branches.requeue(xid, entry.at()));
          if (!retried.isEmpty()) {
            audit.append(entry);
          }
          return retried;
        });
  }

  /**
   * Notes that the data of a transaction whose participants have ended differently was put right by
   * hand. Where it is the initiator's, its decision is done; where a participant's, its mark goes.
   *
   * @param actor who did it, for the audit
   * @param reason what was done, for the audit
   * @return false if nothing has diverged here; nothing is noted either
   * @throws IllegalArgumentException if the actor or the reason is blank or too long
   */
  public boolean resolve(Xid xid, String actor, String reason) {
    AuditEntry entry =
        new AuditEntry(
            instance.identifiers().next(), xid, RESOLVE, actor, reason, instance.clock().instant());
    return local.separate(
        limits.call(),
        () -> {
          boolean decision = decisions.resolve(xid);
          boolean member = members.resolve(xid);
          if (decision || member) {
            audit.append(entry);
          }
          return decision || member;
        });
  }

  /** The service and the log that this instance works for. */
  public Instance instance() {
    return instance;
  }

  /**
   * Gives the log another identity, for a database that was restored from a backup or is a copy: so
   * that it never decides again what may have been decided elsewhere, or before. Every instance
   * works under the new identity once it is started again; until then it decides nothing more.
   *
   * @param retired the identity that is in force, to be sure that it is not done twice
   * @param actor who wants it, for the audit
   * @param reason why, for the audit
   * @return the new identity; empty if {@code retired} is not in force, and nothing was done
   * @throws IllegalArgumentException if the actor or the reason is blank or too long
   */
  public Optional<String> retireLog(String retired, String actor, String reason) {
    String next = instance.identifiers().next();
    AuditEntry entry =
        new AuditEntry(
            instance.identifiers().next(),
            null,
            RETIRE_LOG,
            actor,
            reason,
            instance.clock().instant());
    return local.separate(
        limits.call(),
        () -> {
          if (!identities.replace(retired, next, entry.at())) {
            return Optional.empty();
          }
          audit.append(entry);
          return Optional.of(next);
        });
  }

  private static int checked(int limit) {
    if (limit < 1 || limit > MAX_LISTED) {
      throw new IllegalArgumentException("A list has 1 to " + MAX_LISTED + " items, not " + limit);
    }
    return limit;
  }

  /** In plain words, where a decided transaction stands and what can be done. */
  public String explain(Decision decision) {
    return Explanation.of(decision, instance.clock().instant());
  }

  /** In plain words, where this service stands in a transaction that takes rounds. */
  public String explain(Member member) {
    return Explanation.of(member, instance.clock().instant());
  }

  /** In plain words, where a branch stands and what can be done. */
  public String explain(Branch branch) {
    return Explanation.of(branch, instance.clock().instant());
  }
}
