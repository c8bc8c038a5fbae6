package io.tcc.engine;

import io.tcc.log.DecisionLog;
import io.tcc.log.LocalTransactions;
import io.tcc.participant.BranchCompletion;
import io.tcc.transaction.CompletionAnswer;
import io.tcc.transaction.CompletionOrder;
import io.tcc.transaction.Decision;
import io.tcc.transaction.DecisionState;
import io.tcc.transaction.Enlistment;
import io.tcc.transaction.Events;
import io.tcc.transaction.Instance;
import io.tcc.transaction.Outcome;
import io.tcc.transaction.Site;
import io.tcc.transaction.TransactionEvent;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.LinkedBlockingQueue;

/**
 * Drives a decided transaction: tells every site that has not acknowledged yet, all at once, and
 * notes the answers. Repeating is harmless, so nothing here has to survive a crash but what the
 * decision row says.
 *
 * <ul>
 *   <li>All acknowledged: the row is closed later, in a batch; losing that costs a repetition.
 *   <li>Some not: the row gets the acknowledgements, a delay and the reason, in one update.
 *   <li>The outcome is PRE_COMMIT: {@link Settlement} makes it final first.
 *   <li>Somebody who may decide alone has decided otherwise: the row has diverged, for an operator.
 *   <li>Another contradiction, or the last attempt failed: the row is parked for an operator.
 * </ul>
 */
public final class Driver {

  /** How many batches of acknowledged transactions wait for being closed at most. */
  private static final int BATCHES_TO_CLOSE = 100;

  private final Instance instance;
  private final DecisionLog decisions;
  private final LocalTransactions local;
  private final BranchCompletion branches;
  private final Peers peers;
  private final Limits limits;
  private final Events events;
  private final Settlement settlement;
  private final Executor executor;
  private final Queue<Decision> acknowledged;

  public Driver(
      Instance instance,
      DecisionLog decisions,
      LocalTransactions local,
      BranchCompletion branches,
      Peers peers,
      Limits limits,
      Events events,
      Settlement settlement,
      Executor executor) {
    this.instance = instance;
    this.decisions = decisions;
    this.local = local;
    this.branches = branches;
    this.peers = peers;
    this.limits = limits;
    this.events = events;
    this.settlement = settlement;
    this.executor = executor;
    this.acknowledged = new LinkedBlockingQueue<>(BATCHES_TO_CLOSE * limits.batch());
  }

  /**
   * Starts one pass and completes this service's own branches on the calling thread meanwhile. No
   * local transaction may be active.
   *
   * @return ends when every site has answered or its time is over; does not fail
   */
  public CompletableFuture<Void> drive(Decision decision) {
    if (!decision.isFinal()) {
      return settlement.settle(decision).thenComposeAsync(this::driveSettled, executor);
    }
    Map<Site, CompletableFuture<CompletionAnswer>> answers = tellOthers(decision);
    for (Enlistment own : decision.outstanding()) {
      if (isHere(own.site())) {
        answers.put(
            own.site(), CompletableFuture.completedFuture(branches.complete(order(decision, own))));
      }
    }
    CompletableFuture<?>[] all = answers.values().toArray(CompletableFuture<?>[]::new);
    if (CompletableFuture.allOf(all).isDone()) {
      note(decision, answers);
      return CompletableFuture.completedFuture(null);
    }
    return CompletableFuture.allOf(all).thenRunAsync(() -> note(decision, answers), executor);
  }

  private CompletableFuture<Void> driveSettled(Decision decision) {
    if (!decision.isFinal()) {
      return CompletableFuture.completedFuture(null);
    }
    events.publish(
        new TransactionEvent.Decided(
            decision.xid(),
            decision.name(),
            decision.outcome(),
            decision.outcome() == Outcome.ABORT
                ? List.of(String.valueOf(decision.lastError()))
                : List.of(),
            Duration.between(decision.transaction().begun(), instance.clock().instant())));
    return drive(decision);
  }

  /**
   * Tells the sites of a transaction that has no row of its own to drive from, once. Who misses it
   * asks when its deadline has passed.
   */
  void tellOnce(Decision decision) {
    tellOthers(decision);
    decision.outstanding().stream()
        .filter(own -> isHere(own.site()))
        .forEach(own -> branches.complete(order(decision, own)));
  }

  /** Closes the rows of fully acknowledged transactions, in batches; returns how many. */
  public int closeAcknowledged() {
    int closed = 0;
    while (!acknowledged.isEmpty()) {
      List<Decision> batch = new ArrayList<>();
      for (Decision next = acknowledged.poll();
          next != null;
          next = batch.size() < limits.batch() ? acknowledged.poll() : null) {
        batch.add(next);
      }
      closed += local.separate(limits.call(), () -> decisions.close(batch));
    }
    return closed;
  }

  private Map<Site, CompletableFuture<CompletionAnswer>> tellOthers(Decision decision) {
    Map<Site, CompletableFuture<CompletionAnswer>> answers = new TreeMap<>();
    for (Enlistment each : decision.outstanding()) {
      if (!isHere(each.site())) {
        answers.put(each.site(), peers.complete(order(decision, each), limits.call()));
      }
    }
    return answers;
  }

  private void note(Decision driven, Map<Site, CompletableFuture<CompletionAnswer>> answers) {
    List<Site> done = new ArrayList<>();
    List<String> retries = new ArrayList<>();
    List<String> conflicts = new ArrayList<>();
    answers.forEach(
        (site, future) -> {
          CompletionAnswer answer = future.join();
          switch (answer.verdict()) {
            case DONE -> done.add(site);
            case RETRY -> retries.add(site.service() + ": " + answer.detail());
            case CONFLICT -> conflicts.add(site.service() + ": " + answer.detail());
          }
        });
    Decision decision = driven.acknowledgedBy(done);
    if (decision.state() == DecisionState.DONE) {
      if (driven.state() != DecisionState.DONE) {
        // If nobody closes any, or too slowly, the row is driven again after its lease.
        acknowledged.offer(decision);
      }
      events.publish(
          new TransactionEvent.Completed(
              decision.xid(),
              decision.name(),
              decision.outcome(),
              Duration.between(decision.transaction().begun(), instance.clock().instant())));
      return;
    }
    conflicts.addAll(retries);
    String reason = String.join("; ", conflicts);
    int attempts = decision.attempts() + 1;
    Decision next;
    TransactionEvent noted;
    if (diverged(decision, answers)) {
      next = decision.diverged(reason);
      noted = new TransactionEvent.Diverged(decision.xid(), decision.outcome(), reason);
    } else if (conflicts.size() > retries.size() || limits.backoff().isExhausted(attempts)) {
      next = decision.parked(reason);
      noted =
          new TransactionEvent.Parked(decision.xid(), decision.name(), decision.outcome(), reason);
    } else {
      next =
          decision.postponed(
              instance.clock().instant().plus(limits.backoff().delay(attempts)), reason);
      noted = new TransactionEvent.DriveFailed(decision.xid(), decision.name(), attempts, reason);
    }
    boolean updated;
    try {
      updated = local.separate(limits.call(), () -> decisions.update(next));
    } catch (RuntimeException e) {
      events.publish(
          new TransactionEvent.DriveFailed(
              decision.xid(), decision.name(), attempts, reason + "; not noted: " + e));
      return;
    }
    if (updated) {
      events.publish(noted);
    }
  }

  /** Whether somebody contradicts who may decide alone. */
  private static boolean diverged(
      Decision decision, Map<Site, CompletableFuture<CompletionAnswer>> answers) {
    return decision.enlisted().stream()
        .filter(Enlistment::inRounds)
        .map(each -> answers.get(each.site()))
        .anyMatch(
            answer ->
                answer != null && answer.join().verdict() == CompletionAnswer.Verdict.CONFLICT);
  }

  private boolean isHere(Site site) {
    return instance.holds(site);
  }

  private static CompletionOrder order(Decision decision, Enlistment to) {
    return new CompletionOrder(
        decision.xid(), decision.transaction().begun(), decision.outcome(), to.site(), to.paths());
  }
}
