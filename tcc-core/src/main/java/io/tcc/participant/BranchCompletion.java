package io.tcc.participant;

import io.tcc.log.BranchLog;
import io.tcc.log.BranchLog.Change;
import io.tcc.log.BranchLog.OpenBranches;
import io.tcc.log.HeuristicLog;
import io.tcc.log.LocalTransactions;
import io.tcc.transaction.Branch;
import io.tcc.transaction.BranchId;
import io.tcc.transaction.BranchState;
import io.tcc.transaction.BranchState.Position;
import io.tcc.transaction.CallPath;
import io.tcc.transaction.CompletionAnswer;
import io.tcc.transaction.CompletionAnswer.Verdict;
import io.tcc.transaction.CompletionOrder;
import io.tcc.transaction.Events;
import io.tcc.transaction.Fence;
import io.tcc.transaction.Heuristic;
import io.tcc.transaction.Identifiers;
import io.tcc.transaction.Outcome;
import io.tcc.transaction.Site;
import io.tcc.transaction.TransactionEvent;
import io.tcc.transaction.Xid;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * Completes the branches of a transaction at this service, once, however often it is ordered to:
 *
 * <ol>
 *   <li>Lock the fences of the transaction's calls. Where ABORT names a call that has none, insert
 *       it closed: the tombstone that refuses a late Try.
 *   <li>A fence closed the other way, or a COMMIT for a call that is not known, is a conflict:
 *       nothing is done.
 *   <li>Look, in a second statement, at the branches that are still open.
 *   <li>Close the open fences and move the rows of those branches, with a random token, in one
 *       round trip; then complete each branch: in the order of Try with COMMIT, in reverse with
 *       ABORT.
 *   <li>Check that the first of those rows still carries the token: a deadlock that was swallowed
 *       inside a business method has rolled back all that was done until then.
 *   <li>Commit all of it as one local transaction. If a business method fails, nothing of it
 *       happened; then each branch is completed in a transaction of its own, so that one that fails
 *       does not hold up the others; nor does one whose row cannot be read.
 * </ol>
 *
 * <p>Branches with effects outside the database always take a transaction of their own. A COMMIT
 * names the calls it confirms; every other branch that the transaction has at the site that it is
 * addressed to is cancelled. An ABORT is meant for all of them.
 *
 * <p>Completed branches are purged by their age, and their decision may be repeated later still. So
 * a call that is not known, of a transaction begun longer ago than that age, was completed, and is.
 */
public final class BranchCompletion {

  private final BranchLog branches;
  private final BranchesElsewhere elsewhere;
  private final HeuristicLog heuristics;
  private final LocalTransactions local;
  private final BranchHandlers handlers;
  private final Contradictions contradictions;
  private final Duration recheck;
  private final Duration limit;
  private final Duration retention;
  private final Events events;
  private final Clock clock;
  private final Identifiers identifiers;

  /**
   * @param contradictions hears of orders that come too late
   * @param recheck after which a branch that could not be completed asks for its outcome again
   * @param limit bound of each statement and lock wait
   * @param retention how long completed branches are kept at least
   */
  public BranchCompletion(
      BranchLog branches,
      BranchesElsewhere elsewhere,
      HeuristicLog heuristics,
      LocalTransactions local,
      BranchHandlers handlers,
      Contradictions contradictions,
      Duration recheck,
      Duration limit,
      Duration retention,
      Events events,
      Clock clock,
      Identifiers identifiers) {
    this.branches = branches;
    this.elsewhere = elsewhere;
    this.heuristics = heuristics;
    this.local = local;
    this.handlers = handlers;
    this.contradictions = contradictions;
    this.recheck = recheck;
    this.limit = limit;
    this.retention = retention;
    this.events = events;
    this.clock = clock;
    this.identifiers = identifiers;
  }

  /**
   * Completes in local transactions of its own; first the branches elsewhere, then those of the
   * log. A contradiction is noted durably. Does not throw.
   */
  public CompletionAnswer complete(CompletionOrder order) {
    CompletionAnswer there = elsewhere.complete(order);
    CompletionOrder own = order.withoutPrepared();
    boolean nothingHere =
        order.outcome() == Outcome.COMMIT
            && own.paths().isEmpty()
            && !order.paths().isEmpty()
            && there.verdict() == Verdict.DONE;
    CompletionAnswer answer = nothingHere ? there : there.and(completeHere(own));
    return answer.verdict() == Verdict.CONFLICT ? noted(order, answer) : answer;
  }

  private CompletionAnswer completeHere(CompletionOrder order) {
    try {
      List<String> failures = new ArrayList<>();
      List<BranchId> apart;
      try {
        apart = local.separate(limit, () -> completeTogether(order));
      } catch (BranchFailedException | UnreadableBranchException e) {
        OpenBranches open = local.separate(limit, () -> branches.open(order.xid()));
        failures.addAll(open.unreadable());
        apart = inOrderOfCompletion(order, open.readable()).stream().map(Branch::id).toList();
      }
      for (BranchId id : apart) {
        completeAlone(order, id).ifPresent(failures::add);
      }
      return failures.isEmpty()
          ? CompletionAnswer.DONE
          : CompletionAnswer.retry(String.join("; ", failures));
    } catch (CompletionConflictException e) {
      return CompletionAnswer.conflict(String.valueOf(e.getMessage()));
    } catch (RuntimeException e) {
      return CompletionAnswer.retry(e.toString());
    }
  }

  private CompletionAnswer noted(CompletionOrder order, CompletionAnswer conflict) {
    try {
      String reason = conflict.detail() + contradictions.noticed(order);
      Heuristic heuristic = new Heuristic(order.xid(), order.outcome(), reason, clock.instant());
      local.separate(
          limit,
          () -> {
            heuristics.record(heuristic);
            return true;
          });
      events.publish(new TransactionEvent.Conflict(order.xid(), order.outcome(), reason));
      return CompletionAnswer.conflict(reason);
    } catch (RuntimeException e) {
      return CompletionAnswer.retry(conflict.detail() + "; and it could not be noted: " + e);
    }
  }

  /**
   * Completes within the current local transaction what has its effects in this database.
   *
   * @return the branches that have to be completed apart
   * @throws CompletionConflictException if the order contradicts what is durable here
   * @throws RuntimeException if that failed; the local transaction must then be rolled back
   */
  public List<BranchId> completeTogether(CompletionOrder order) {
    List<Change> closing = lockFences(order);
    List<BranchId> apart = new ArrayList<>();
    List<Branch> together = new ArrayList<>();
    OpenBranches open = branches.open(order.xid());
    if (!open.unreadable().isEmpty()) {
      throw new UnreadableBranchException(String.join("; ", open.unreadable()));
    }
    for (Branch branch : inOrderOfCompletion(order, open.readable())) {
      if (handler(branch).map(BranchHandler::effectsElsewhere).orElse(true)) {
        apart.add(branch.id());
      } else {
        together.add(branch);
      }
    }
    completeUnmoved(order, closing, together);
    return apart;
  }

  /**
   * As {@link #completeTogether(CompletionOrder)}, for all the branches of a call that the caller
   * has recorded itself: it looks at nothing first.
   *
   * @param known whose effects are in this database, in the order of Try
   * @return false if one is no longer as it was recorded; roll back, then look
   */
  public boolean completeKnown(CompletionOrder order, List<Branch> known) {
    BranchId first = known.get(0).id();
    Change closing =
        new Change(
            new BranchId(first.xid(), first.path(), 0),
            BranchState.OPEN,
            Fence.closed(outcomeOf(order, first.path())));
    return complete(order, List.of(closing), inOrderOfCompletion(order, known));
  }

  private static List<Branch> inOrderOfCompletion(
      CompletionOrder order, List<Branch> inOrderOfTry) {
    List<Branch> ordered =
        inOrderOfTry.stream()
            .filter(branch -> concerns(order, branch.site()))
            .collect(Collectors.toCollection(ArrayList::new));
    if (order.outcome() == Outcome.ABORT) {
      Collections.reverse(ordered);
    }
    return ordered;
  }

  private Optional<String> completeAlone(CompletionOrder order, BranchId id) {
    try {
      local.separate(
          limit,
          () -> {
            List<Change> closing = lockFences(order);
            completeUnmoved(
                order,
                closing,
                branches.open(id.xid()).readable().stream()
                    .filter(branch -> branch.id().equals(id))
                    .toList());
            return true;
          });
      return Optional.empty();
    } catch (BranchFailedException e) {
      String reason = String.valueOf(e.getMessage());
      if (local.separate(limit, () -> note(e, reason))) {
        events.publish(new TransactionEvent.BranchParked(id, e.branch().participant(), reason));
      }
      return Optional.of(reason);
    }
  }

  /** Returns whether the branch was parked by this. */
  private boolean note(BranchFailedException failure, String reason) {
    if (failure.isHopeless()) {
      return branches.park(failure.branch(), reason);
    }
    // Who ordered the completion repeats it; this is for the case that nobody does any more.
    branches.postpone(failure.branch(), clock.instant().plus(recheck), reason);
    return false;
  }

  /** Returns how the fences that are still open are to be closed. */
  private List<Change> lockFences(CompletionOrder order) {
    Xid xid = order.xid();
    List<Fence> fences =
        branches.lockFences(xid).stream().filter(fence -> concerns(order, fence.site())).toList();
    Set<CallPath> fenced = fences.stream().map(Fence::path).collect(Collectors.toSet());
    for (CallPath path : order.paths()) {
      if (fenced.contains(path)) {
        continue;
      }
      if (order.outcome() == Outcome.COMMIT) {
        if (mayBePurged(order)) {
          continue;
        }
        throw new CompletionConflictException(
            "COMMIT of " + xid + " names call " + path + ", of which nothing is known here");
      }
      if (!branches.insertTombstone(xid, path, order.addressee())) {
        // A Try of that call was committed meanwhile: look again.
        return lockFences(order);
      }
    }
    List<Change> closing = new ArrayList<>();
    for (Fence fence : fences) {
      BranchState to = Fence.closed(outcomeOf(order, fence.path()));
      if (fence.state() == BranchState.OPEN) {
        closing.add(new Change(new BranchId(xid, fence.path(), 0), fence.state(), to));
      } else if (fence.state() != to) {
        throw new CompletionConflictException(
            order.outcome()
                + " of "
                + xid
                + " contradicts call "
                + fence.path()
                + ", which is "
                + fence.state()
                + " here");
      }
    }
    return closing;
  }

  private static boolean concerns(CompletionOrder order, Site recordedUnder) {
    return order.outcome() == Outcome.ABORT || recordedUnder.equals(order.addressee());
  }

  private boolean mayBePurged(CompletionOrder order) {
    return order.begun().plus(retention).isBefore(clock.instant());
  }

  private void completeUnmoved(CompletionOrder order, List<Change> closing, List<Branch> all) {
    if (!complete(order, closing, all)) {
      throw new IllegalStateException("A row of " + order.xid() + " has moved meanwhile");
    }
  }

  /** Returns false if a row is not in the state that it is to be moved from. */
  private boolean complete(CompletionOrder order, List<Change> closing, List<Branch> all) {
    List<Change> changes = new ArrayList<>(closing);
    for (Branch branch : all) {
      Outcome outcome = outcomeOf(order, branch.id().path());
      BranchState to = able(branch, outcome).protocol().completed(outcome);
      changes.add(new Change(branch.id(), branch.state(), to));
    }
    if (changes.isEmpty()) {
      return true;
    }
    String token = identifiers.next();
    if (!branches.complete(changes, token)) {
      return false;
    }
    for (Branch branch : all) {
      Outcome outcome = outcomeOf(order, branch.id().path());
      try {
        able(branch, outcome).complete(branch, outcome);
      } catch (Exception | Error e) {
        throw new BranchFailedException(branch, false, "failed to " + outcome + ": " + e, e);
      }
    }
    if (!all.isEmpty() && !branches.carries(all.get(0).id(), token)) {
      throw new BranchFailedException(
          all.get(0),
          false,
          "was completed in a local transaction of which the database rolled a part back, and the"
              + " error was swallowed",
          null);
    }
    return true;
  }

  /** The handler of a branch that can be completed now. */
  private BranchHandler able(Branch branch, Outcome outcome) {
    if (branch.state().position() == Position.WORKING
        && (outcome == Outcome.COMMIT || clock.instant().isBefore(branch.deadline()))) {
      throw new BranchFailedException(
          branch, false, "is still at work, until " + branch.deadline() + " at the latest", null);
    }
    return handler(branch)
        .orElseThrow(
            () ->
                new BranchFailedException(
                    branch,
                    true,
                    "has no participant of that name and protocol in this service any more; bring it"
                        + " back under the name it was stored with, then retry",
                    null));
  }

  private Optional<BranchHandler> handler(Branch branch) {
    return handlers.of(branch.participant(), branch.protocol());
  }

  private static Outcome outcomeOf(CompletionOrder order, CallPath path) {
    return order.outcome() == Outcome.COMMIT && order.paths().contains(path)
        ? Outcome.COMMIT
        : Outcome.ABORT;
  }
}
