package io.tcc.engine;

import io.tcc.log.DecisionLog;
import io.tcc.log.LocalOutcomeUnknownException;
import io.tcc.log.LocalTransactions;
import io.tcc.participant.BranchCompletion;
import io.tcc.participant.CompletionConflictException;
import io.tcc.transaction.Branch;
import io.tcc.transaction.CompletionOrder;
import io.tcc.transaction.Decision;
import io.tcc.transaction.DecisionState;
import io.tcc.transaction.GlobalTransaction;
import io.tcc.transaction.GlobalTransactionInDoubtException;
import io.tcc.transaction.Instance;
import io.tcc.transaction.Outcome;
import io.tcc.transaction.Xid;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Supplier;

/**
 * The race for the one row that decides: the first insertion wins, everybody else reads and obeys.
 * Past the retention nobody wins any more, so that nothing is decided twice.
 */
public final class Decider {

  private static final int ATTEMPTS = 3;
  private static final Duration PAUSE = Duration.ofMillis(100);

  private final Instance instance;
  private final DecisionLog decisions;
  private final LocalTransactions local;
  private final BranchCompletion branches;
  private final Limits limits;
  private final Pause pause;

  public Decider(
      Instance instance,
      DecisionLog decisions,
      LocalTransactions local,
      BranchCompletion branches,
      Limits limits,
      Pause pause) {
    this.instance = instance;
    this.decisions = decisions;
    this.local = local;
    this.branches = branches;
    this.limits = limits;
    this.pause = pause;
  }

  /**
   * Decides within the current local transaction.
   *
   * @return false if that was done before; roll back, then {@link #find}
   */
  boolean insert(Decision decision) {
    return decisions.insert(decision);
  }

  /**
   * Decides as the last statement of the current local transaction, which may commit by that.
   *
   * @return false if that was done before; roll back, then {@link #find}
   * @throws LocalOutcomeUnknownException if the local transaction may be committed
   * @throws RuntimeException if it is not, and cannot be
   */
  boolean insertLast(Decision decision) {
    return decisions.insertLast(decision, limits.call());
  }

  /** The decision as it stands, read in a local transaction of its own. */
  Optional<Decision> find(Xid xid) {
    return local.separate(limits.call(), () -> decisions.find(xid));
  }

  /**
   * Decides in a local transaction of its own, which also completes this service's own branches
   * where that succeeds.
   *
   * @param wanted the decision, with the acknowledgement that {@code own} will have earned
   * @param own the order to this service's own branches
   * @param known those branches, if this execution has recorded them all; else empty
   * @param otherwise the decision if the own branches cannot be completed yet
   * @return what is decided, by this or by whoever was first
   * @throws GlobalTransactionInDoubtException if the log does not tell
   */
  Decision decide(Decision wanted, CompletionOrder own, List<Branch> known, Decision otherwise) {
    try {
      boolean won =
          local.separate(
              limits.call(),
              () -> {
                if (!decisions.insert(wanted)) {
                  return false;
                }
                if (known.isEmpty()) {
                  branches.completeTogether(own);
                } else if (!branches.completeKnown(own, known)) {
                  throw new NotAsRecordedException();
                }
                return true;
              });
      return won ? wanted : obey(wanted.transaction());
    } catch (LocalOutcomeUnknownException e) {
      return whatIsThere(wanted.transaction());
    } catch (NotAsRecordedException e) {
      return decide(wanted, own, List.of(), otherwise);
    } catch (CompletionConflictException e) {
      // This service's own branch is cancelled already: whatever was wanted, it cannot be COMMIT.
      return whatIsThere(wanted.transaction());
    } catch (RuntimeException e) {
      // Nothing of it happened. The decision does not depend on whether a branch completes now.
      return decide(otherwise);
    }
  }

  /**
   * Decides in a local transaction of its own, and nothing else. An insertion that did not answer
   * is repeated: if it is durable after all, it is found.
   *
   * @return what is decided, by this or by whoever was first
   * @throws GlobalTransactionInDoubtException if the log does not tell
   */
  Decision decide(Decision alone) {
    return untilTold(alone.xid(), () -> insertOrObey(alone));
  }

  private Decision insertOrObey(Decision alone) {
    return local.alone(limits.call(), () -> decisions.insert(alone))
        ? alone
        : obey(alone.transaction());
  }

  /**
   * Moves PRE_COMMIT to a final outcome, in a local transaction that also completes this service's
   * own branches where that succeeds.
   *
   * @param alone the decision with the final outcome
   * @return what is decided, by this or by whoever was first
   * @throws RuntimeException if the log does not tell; it is then tried again
   */
  Decision settle(Decision alone) {
    CompletionOrder own =
        ownOrder(alone).filter(order -> order.withoutPrepared().equals(order)).orElse(null);
    if (own != null) {
      Decision together = alone.acknowledgedBy(List.of(own.addressee()));
      try {
        boolean won =
            local.separate(
                limits.call(),
                () -> {
                  if (!decisions.settle(together)) {
                    return false;
                  }
                  if (!branches.completeTogether(own).isEmpty()) {
                    throw new IllegalStateException("Some branches have to be completed apart");
                  }
                  return true;
                });
        return won ? together : obey(alone.transaction());
      } catch (LocalOutcomeUnknownException e) {
        return obey(alone.transaction());
      } catch (RuntimeException e) {
        // Nothing of it happened. The decision does not depend on whether a branch completes now.
      }
    }
    return local.alone(limits.call(), () -> decisions.settle(alone))
        ? alone
        : obey(alone.transaction());
  }

  /** The order to this service's own branches that a decision means; empty if it has none. */
  Optional<CompletionOrder> ownOrder(Decision decision) {
    return decision.outstanding().stream()
        .filter(e -> instance.site().answersFor(e.site()))
        .findFirst()
        .map(
            e ->
                new CompletionOrder(
                    decision.xid(),
                    decision.transaction().begun(),
                    decision.outcome(),
                    e.site(),
                    e.paths()));
  }

  /**
   * Inserts ABORT, or returns the decision that was there first. One attempt.
   *
   * @throws TooLateToDecideException if there is none and none can be inserted any more
   * @throws RuntimeException if the log does not tell
   */
  Decision abortUnlessDecided(GlobalTransaction transaction) {
    Decision abort =
        new Decision(
            transaction,
            "(decided by whoever asked first)",
            Outcome.ABORT,
            DecisionState.DONE,
            List.of(),
            Set.of(),
            instance.name(),
            1,
            0,
            instance.clock().instant(),
            null);
    return insertOrObey(abort);
  }

  /**
   * After a commit that did not answer: tries to insert ABORT; what is there then is the outcome.
   *
   * @throws GlobalTransactionInDoubtException if the log does not tell
   */
  Decision whatIsThere(GlobalTransaction transaction) {
    return untilTold(transaction.xid(), () -> abortUnlessDecided(transaction));
  }

  private Decision obey(GlobalTransaction transaction) {
    return find(transaction.xid()).orElseThrow(() -> new TooLateToDecideException(transaction));
  }

  private Decision untilTold(Xid xid, Supplier<Decision> attempt) {
    for (int n = 1; ; n++) {
      try {
        return attempt.get();
      } catch (GlobalTransactionInDoubtException e) {
        throw e;
      } catch (TooLateToDecideException e) {
        throw new GlobalTransactionInDoubtException(xid, String.valueOf(e.getMessage()), e);
      } catch (RuntimeException e) {
        if (n == ATTEMPTS) {
          throw new GlobalTransactionInDoubtException(
              xid,
              "The outcome of "
                  + xid
                  + " is not known: the log's database does not answer. Recovery will settle it; do not"
                  + " repeat the call, look the xid up in tcc_decision.",
              e);
        }
        pause.pause(PAUSE.multipliedBy(1L << n));
      }
    }
  }

  /** Takes the decision back with the branches that are not what this execution has recorded. */
  private static final class NotAsRecordedException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    NotAsRecordedException() {
      super(null, null, false, false);
    }
  }
}
