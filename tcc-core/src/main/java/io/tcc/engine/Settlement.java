package io.tcc.engine;

import io.tcc.log.DecisionLog;
import io.tcc.log.LocalTransactions;
import io.tcc.transaction.Decision;
import io.tcc.transaction.Events;
import io.tcc.transaction.Instance;
import io.tcc.transaction.TransactionEvent;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;

/**
 * Turns PRE_COMMIT into COMMIT or ABORT:
 *
 * <ol>
 *   <li>Hold the protocol's rounds once. They say COMMIT, ABORT, or not yet.
 *   <li>Not yet: note why, and when to try again. It is never parked: participants that have
 *       pre-committed wait for it.
 *   <li>Otherwise move the row by one conditional update, together with the completion of this
 *       service's own branches. If somebody else has moved it, read and obey.
 * </ol>
 *
 * <p>Any instance may do this, several at once; only the lease keeps them from doing it in vain.
 */
public final class Settlement {

  private static final int ATTEMPTS = 3;
  private static final Duration PAUSE = Duration.ofMillis(100);

  private final Instance instance;
  private final DecisionLog decisions;
  private final LocalTransactions local;
  private final Decider decider;
  private final Rounds rounds;
  private final Limits limits;
  private final Events events;
  private final Executor executor;
  private final Pause pause;

  public Settlement(
      Instance instance,
      DecisionLog decisions,
      LocalTransactions local,
      Decider decider,
      Rounds rounds,
      Limits limits,
      Events events,
      Executor executor,
      Pause pause) {
    this.instance = instance;
    this.decisions = decisions;
    this.local = local;
    this.decider = decider;
    this.rounds = rounds;
    this.limits = limits;
    this.events = events;
    this.executor = executor;
    this.pause = pause;
  }

  /** Why PRE_COMMIT must not be inserted; empty if it may. */
  List<String> prepare(Decision wanted) {
    return rounds.prepare(wanted);
  }

  /**
   * One attempt.
   *
   * @return the decision as it is then, PRE_COMMIT still or final
   */
  CompletableFuture<Decision> settle(Decision preCommitted) {
    CompletableFuture<Rounds.Progress> pass = rounds.advance(preCommitted);
    return pass.isDone()
        ? CompletableFuture.completedFuture(follow(preCommitted, pass.join()))
        : pass.thenApplyAsync(progress -> follow(preCommitted, progress), executor);
  }

  private Decision follow(Decision preCommitted, Rounds.Progress progress) {
    return progress
        .outcome()
        .map(
            outcome ->
                decider.settle(
                    preCommitted.settled(
                        outcome,
                        instance.name(),
                        instance.clock().instant().plus(limits.lease()),
                        progress.reason())))
        .orElseGet(() -> notYet(preCommitted, progress.reason()));
  }

  private Decision notYet(Decision preCommitted, String reason) {
    int attempts = preCommitted.attempts() + 1;
    Decision next =
        preCommitted.postponed(
            instance.clock().instant().plus(limits.backoff().delay(attempts)), reason);
    if (local.separate(limits.call(), () -> decisions.update(next))) {
      events.publish(new TransactionEvent.DriveFailed(next.xid(), next.name(), attempts, reason));
    }
    return next;
  }

  /**
   * Repeats attempts while the outcome is open, as long as a caller can be made to wait.
   *
   * @return the decision as it is then, PRE_COMMIT still or final
   */
  Decision settleNow(Decision preCommitted) {
    Decision now = settle(preCommitted).join();
    for (int n = 1; n < ATTEMPTS && !now.isFinal(); n++) {
      pause.pause(PAUSE.multipliedBy(1L << n));
      now = settle(now).join();
    }
    return now;
  }
}
