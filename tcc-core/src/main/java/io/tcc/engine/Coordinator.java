package io.tcc.engine;

import io.tcc.context.Closing;
import io.tcc.context.Frame;
import io.tcc.context.Held;
import io.tcc.context.TransactionContext;
import io.tcc.log.BranchLog;
import io.tcc.log.LocalOutcomeUnknownException;
import io.tcc.log.LocalSettings;
import io.tcc.log.LocalTransactions;
import io.tcc.transaction.Branch;
import io.tcc.transaction.CallPath;
import io.tcc.transaction.CompletionOrder;
import io.tcc.transaction.Decision;
import io.tcc.transaction.DecisionState;
import io.tcc.transaction.Enlistment;
import io.tcc.transaction.Events;
import io.tcc.transaction.GlobalTransaction;
import io.tcc.transaction.GlobalTransactionAbortedException;
import io.tcc.transaction.GlobalTransactionInDoubtException;
import io.tcc.transaction.GlobalTransactionTimeoutException;
import io.tcc.transaction.Instance;
import io.tcc.transaction.Outcome;
import io.tcc.transaction.TransactionEvent;
import io.tcc.transaction.TransactionUsageException;
import io.tcc.transaction.Work;
import io.tcc.transaction.WorkRefusedException;
import io.tcc.transaction.Xid;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Runs a global transaction: presumed abort, where the first writer of the decision wins.
 *
 * <ol>
 *   <li><b>Begin</b> in memory: a random xid and a deadline. Nothing is written.
 *   <li><b>Work.</b> The frame learns which sites hold branches and what forbids a commit.
 *   <li><b>Decide</b> by inserting one row. COMMIT needs a work phase that ended well and in time,
 *       with no call of unknown result; anything else is ABORT. The insertion joins, at no cost,
 *       <ul>
 *         <li>the local transaction of the whole work phase, if the plan has one, or else
 *         <li>the local transaction that completes this service's own branches; if that fails, it
 *             is inserted alone and the branches are completed like everybody's, or
 *         <li>the local transaction in the log's own database that two-phase work holds until now,
 *             as its last statement, which commits it where the database can.
 *       </ul>
 *       A refused insertion means that somebody, asked by a participant past its deadline, has
 *       decided before: read the row in a new local transaction and obey it. If a commit does not
 *       answer, try to insert ABORT in a new local transaction: what is there then is the outcome.
 *       An insertion alone is tried again as it is, since nothing else can be lost with it. A log
 *       that cannot be reached is no decision; the caller is told that the outcome is in doubt.
 *   <li>Where branches take rounds (3PC), the decision is preceded by what {@link Rounds#prepare}
 *       does, inserted as PRE_COMMIT, alone, and made final by {@link Settlement}. It cannot join
 *       the local transaction of the work phase, because it is not final.
 *   <li><b>Drive</b> the outcome to everybody who holds a branch, with no connection held. With
 *       ABORT also to the calls whose result is unknown, which may still arrive.
 * </ol>
 *
 * <p>A transaction without any branch writes nothing. A crash before the decision is durable
 * aborts; a crash after it is picked up by {@link Recovery}.
 *
 * <p>Sources: presumed abort, Mohan, Lindsay and Obermarck, TODS 1986; the decision as a race for
 * one key, as in Gray and Lamport, "Consensus on Transaction Commit", TODS 2006, with one acceptor.
 */
public final class Coordinator {

  private static final Logger log = LoggerFactory.getLogger(Coordinator.class);

  private final Instance instance;
  private final TransactionContext context;
  private final Decider decider;
  private final Settlement settlement;
  private final Driver driver;
  private final BranchLog branches;
  private final LocalTransactions local;
  private final Peers peers;
  private final Limits limits;
  private final Events events;
  private final Executor executor;

  /**
   * @param executor for driving that the caller does not wait for
   */
  public Coordinator(
      Instance instance,
      TransactionContext context,
      Decider decider,
      Settlement settlement,
      Driver driver,
      BranchLog branches,
      LocalTransactions local,
      Peers peers,
      Limits limits,
      Events events,
      Executor executor) {
    this.instance = instance;
    this.context = context;
    this.decider = decider;
    this.settlement = settlement;
    this.driver = driver;
    this.branches = branches;
    this.local = local;
    this.peers = peers;
    this.limits = limits;
    this.events = events;
    this.executor = executor;
  }

  /**
   * Runs the work as a new global transaction, whatever the current thread worked for before.
   *
   * @throws X what the work threw: aborted, unless the plan says that it does not roll back
   * @throws GlobalTransactionAbortedException if it was aborted for another reason
   * @throws GlobalTransactionInDoubtException if the outcome could not be learned
   */
  public <T extends @Nullable Object, X extends Throwable> T execute(Plan plan, Work<T, X> work)
      throws X {
    Execution<T, X> execution = new Execution<>(plan, begin(plan));
    LocalSettings spanning = plan.local();
    if (spanning == null) {
      execution.workAndDecide(work);
    } else {
      execution.workAndDecideTogether(spanning, work);
    }
    execution.drive();
    return execution.conclude();
  }

  private Frame begin(Plan plan) {
    if (plan.timeout().compareTo(limits.retention()) > 0) {
      throw new TransactionUsageException(
          null,
          plan.name()
              + " has a timeout of "
              + plan.timeout()
              + ", longer than finished transactions are remembered (tcc.recovery.retention, "
              + limits.retention()
              + "): past that, nothing can be decided any more",
          null);
    }
    Instant now = instance.clock().instant().truncatedTo(ChronoUnit.MILLIS);
    GlobalTransaction transaction =
        new GlobalTransaction(
            new Xid(instance.identifiers().next(now)), instance.site(), now, plan.timeout());
    return new Frame(
        transaction,
        instance.site(),
        CallPath.ROOT,
        instance.identifiers().next(),
        transaction.deadline(),
        plan.local() != null);
  }

  /** One global transaction on its way through the steps, on one thread. */
  private final class Execution<T extends @Nullable Object, X extends Throwable> {

    private final Plan plan;
    private final Frame frame;
    private final GlobalTransaction transaction;
    private final List<String> obstacles = new ArrayList<>();
    private @Nullable T value;
    private @Nullable Throwable thrown;
    private boolean late;
    private Closing closing = new Closing(List.of(), List.of(), List.of(), false, List.of());
    private @Nullable Decision decided;

    Execution(Plan plan, Frame frame) {
      this.plan = plan;
      this.frame = frame;
      this.transaction = frame.transaction();
    }

    /** Runs the work and closes the frame; nothing of it can start afterwards. */
    void work(Work<T, X> work) {
      try {
        value = context.callIn(frame, work);
      } catch (Throwable e) {
        thrown = e;
      }
      closing = frame.close();
      obstacles.addAll(closing.obstacles());
      if (thrown != null && plan.rollsBack().test(thrown)) {
        obstacles.add("the work threw " + thrown);
      }
      late = !instance.clock().instant().isBefore(transaction.deadline());
      if (late) {
        obstacles.add("the work took longer than its timeout of " + plan.timeout());
      }
      for (Enlistment enlistment : closing.enlisted()) {
        String service = enlistment.site().service();
        if (!instance.site().answersFor(enlistment.site()) && !peers.knows(service)) {
          obstacles.add(
              "service " + service + " holds a branch, but its address is not configured here");
        }
      }
    }

    /** Runs the work; then decides, together with what waits for that in the log's database. */
    void workAndDecide(Work<T, X> work) {
      try {
        work(work);
        if (frame.held().isPresent() && takesRounds()) {
          obstacles.add(
              "a 3PC branch takes rounds before the decision, which can then not be written together"
                  + " with @TwoPhase work in the log's database: make them two transactions");
        }
        if (frame.held().isPresent() && outcome() == Outcome.COMMIT) {
          decideTogetherWith(frame.held().get());
        } else {
          frame.held().ifPresent(Held::release);
          decide();
        }
      } finally {
        frame.held().ifPresent(Held::release);
      }
    }

    /** Commits the held local transaction and the decision as one. */
    private void decideTogetherWith(Held held) {
      Decision commit = decision(Outcome.COMMIT).acknowledgedBy(List.of());
      try {
        commitHeld(held, commit);
        decided = commit;
      } catch (WorkRolledBackException e) {
        decide();
      } catch (LocalOutcomeUnknownException e) {
        obeyWhatIsThere(e);
      } catch (RuntimeException e) {
        workFailedAtItsEnd(e);
      }
    }

    /**
     * Gives the connection back in any case, so that what follows finds one. Never repeated: what
     * was held is gone after an attempt.
     */
    private void commitHeld(Held held, Decision commit) {
      try {
        held.<Boolean, RuntimeException>callIn(
            () ->
                local.<Boolean, RuntimeException>around(
                    new LocalSettings(LocalSettings.DEFAULT_ISOLATION, limits.call()),
                    () -> {
                      held.witness().ifPresent(this::requireWhole);
                      orRollBack(decider.insertLast(commit));
                      return true;
                    }));
      } finally {
        held.release();
      }
    }

    /** The work of a local transaction commits whole or not at all. */
    private void requireWhole(String token) {
      if (!branches.deleteWitness(transaction.xid(), token)) {
        obstacles.add("the database rolled part of the work back, and the error was swallowed");
        throw new WorkRolledBackException();
      }
    }

    private void orRollBack(boolean decided) {
      if (!decided) {
        obstacles.add("it was decided meanwhile");
        throw new WorkRolledBackException();
      }
    }

    private void obeyWhatIsThere(LocalOutcomeUnknownException lost) {
      decided = decider.whatIsThere(transaction);
      if (decided.outcome() == Outcome.ABORT) {
        obstacles.add("its local transaction was not committed: " + lost.getMessage());
        thrown = thrown == null ? lost.getCause() : thrown;
      }
    }

    private void workFailedAtItsEnd(Throwable e) {
      obstacles.add("its local transaction failed: " + e);
      decide();
      if (thrown == null && (decided == null || decided.outcome() == Outcome.ABORT)) {
        thrown = e;
      }
    }

    /** Inserts the decision, together with the completion of the own branches. */
    void decide() {
      if (closing.isEmpty()) {
        return;
      }
      if (outcome() == Outcome.COMMIT && takesRounds()) {
        obstacles.addAll(settlement.prepare(decision(Outcome.PRE_COMMIT)));
        if (outcome() == Outcome.COMMIT) {
          decideInRounds();
          return;
        }
      }
      try {
        decided = decided(decision(outcome()));
      } catch (GlobalTransactionInDoubtException e) {
        if (outcome() == Outcome.COMMIT) {
          throw e;
        }
        // Nobody but this execution could have committed: it is ABORT, though nothing could be
        // written.
        obstacles.add("and ABORT could not be written: " + e.getCause());
      }
    }

    private Decision decided(Decision alone) {
      CompletionOrder own = decider.ownOrder(alone).orElse(null);
      if (own == null || own.withoutPrepared().paths().isEmpty()) {
        return decider.decide(alone);
      }
      if (!completesTogether(own)) {
        return decider.decide(alone, own.withoutPrepared(), List.of(), alone);
      }
      // ABORT is also meant for what calls of unknown result left here.
      List<Branch> known = alone.outcome() == Outcome.COMMIT ? closing.own() : List.of();
      return decider.decide(alone.acknowledgedBy(List.of(own.addressee())), own, known, alone);
    }

    private boolean takesRounds() {
      return closing.enlisted().stream().anyMatch(Enlistment::inRounds);
    }

    private void decideInRounds() {
      Decision preCommit = decision(Outcome.PRE_COMMIT);
      Decision there = decider.decide(preCommit);
      try {
        decided = there.isFinal() ? there : settlement.settleNow(there);
      } catch (RuntimeException e) {
        throw preCommitted("the log's database does not answer", e);
      }
      if (!decided.isFinal()) {
        throw preCommitted(String.valueOf(decided.lastError()), null);
      }
      if (decided.outcome() == Outcome.ABORT) {
        obstacles.add(String.valueOf(decided.lastError()));
      }
    }

    private GlobalTransactionInDoubtException preCommitted(
        String reason, @Nullable Throwable cause) {
      return new GlobalTransactionInDoubtException(
          transaction.xid(),
          "Everybody has voted yes, but what becomes of "
              + transaction.xid()
              + " is still open: "
              + reason
              + ". It is being settled; do not repeat the call, look the xid up in tcc_decision.",
          cause);
    }

    /**
     * Whether all own branches can be completed together with the decision. Not those with effects
     * elsewhere; and what calls back into this service left is not known here.
     */
    private boolean completesTogether(CompletionOrder own) {
      return !closing.ownEffectsElsewhere() && own.paths().equals(Set.of(CallPath.ROOT));
    }

    /** Runs the work in a local transaction that also holds the decision, if it is COMMIT. */
    void workAndDecideTogether(LocalSettings spanning, Work<T, X> work) {
      boolean[] worked = {false};
      try {
        local.<Boolean, RuntimeException>around(
            spanning,
            () -> {
              frame.runsIn(local.current());
              String token = instance.identifiers().next();
              branches.insertWitness(transaction.xid(), token);
              work(work);
              worked[0] = true;
              if (takesRounds()) {
                obstacles.add(
                    "a 3PC branch takes rounds before the decision, which can then not be written"
                        + " together with local work: take @Transactional off the @GlobalTx method");
              }
              if (outcome() == Outcome.ABORT) {
                throw new WorkRolledBackException();
              }
              requireWhole(token);
              if (!closing.isEmpty()) {
                Decision commit = decision(Outcome.COMMIT);
                orRollBack(decider.insert(commit));
                decided = commit;
              }
              return true;
            });
      } catch (WorkRolledBackException rolledBack) {
        decide();
      } catch (LocalOutcomeUnknownException e) {
        decided = null;
        outcomeOfLostCommit(e);
      } catch (RuntimeException | Error e) {
        decided = null;
        if (!worked[0]) {
          throw e;
        }
        workFailedAtItsEnd(e);
      }
    }

    private void outcomeOfLostCommit(LocalOutcomeUnknownException e) {
      if (outcome() == Outcome.ABORT) {
        decide();
        return;
      }
      if (closing.isEmpty()) {
        throw new GlobalTransactionInDoubtException(
            transaction.xid(), "The local transaction did not answer its commit", e);
      }
      obeyWhatIsThere(e);
    }

    private Outcome outcome() {
      return obstacles.isEmpty() ? Outcome.COMMIT : Outcome.ABORT;
    }

    private Decision decision(Outcome outcome) {
      return new Decision(
          transaction,
          plan.name(),
          outcome,
          DecisionState.DRIVING,
          toBeTold(outcome),
          Set.of(),
          instance.name(),
          1,
          0,
          instance.clock().instant().plus(limits.lease()),
          obstacles.isEmpty() ? null : String.join("; ", obstacles));
    }

    private List<Enlistment> toBeTold(Outcome outcome) {
      List<Enlistment> all = new ArrayList<>(closing.enlisted());
      if (outcome == Outcome.ABORT) {
        all.addAll(closing.attempted());
      }
      return Enlistment.merge(all);
    }

    /** Tells everybody; waits for the answers if the plan says so. */
    void drive() {
      Decision row = decided;
      if (closing.isEmpty()) {
        if (row != null && row.outcome() == Outcome.COMMIT) {
          publishDecided(row);
        }
        return;
      }
      if (row == null || row.enlisted().isEmpty()) {
        // There is no row of our own to repeat it from; who misses this asks at its deadline.
        Decision told = decision(row == null ? Outcome.ABORT : row.outcome());
        obstacles.add("decided by " + (row == null ? "this instance" : row.owner()));
        driver.tellOnce(told);
        return;
      }
      publishDecided(row);
      if (!plan.waits()) {
        driveInBackground(row);
        return;
      }
      try {
        driver.drive(row).get(limits.completion().toMillis(), TimeUnit.MILLISECONDS);
      } catch (TimeoutException | ExecutionException e) {
        log.warn("Not everybody has answered to {} yet; recovery repeats it", transaction.xid(), e);
      } catch (InterruptedException e) {
        // The outcome stands; whoever interrupted does not want to wait for the answers.
        Thread.currentThread().interrupt();
      }
    }

    private void publishDecided(Decision row) {
      events.publish(
          new TransactionEvent.Decided(
              transaction.xid(),
              plan.name(),
              row.outcome(),
              List.copyOf(obstacles),
              Duration.between(transaction.begun(), instance.clock().instant())));
    }

    private void driveInBackground(Decision row) {
      try {
        // Not joined: the answers are noted on the same executor, which may have one thread.
        executor.execute(
            () -> {
              var unused = driver.drive(row);
            });
      } catch (RejectedExecutionException e) {
        // The outcome stands; the caller must not take this for another one.
        log.warn("Nobody was told about {} yet; recovery does it", transaction.xid(), e);
      }
    }

    /** What the caller gets. */
    @SuppressWarnings("NullAway") // The work returned the value: it is null only if T admits it.
    T conclude() throws X {
      Outcome outcome = decided == null ? outcome() : decided.outcome();
      Throwable original = thrown;
      if (outcome == Outcome.COMMIT) {
        if (original != null) {
          throw asWorkThrew(original);
        }
        return value;
      }
      Xid xid = transaction.xid();
      if (late && (original == null || original instanceof WorkRefusedException)) {
        throw new GlobalTransactionTimeoutException(xid, message(), original);
      }
      if (original != null && plan.rollsBack().test(original)) {
        throw asWorkThrew(original);
      }
      throw new GlobalTransactionAbortedException(xid, message(), original);
    }

    /** The work can throw nothing but X and unchecked throwables. */
    @SuppressWarnings("unchecked")
    private X asWorkThrew(Throwable original) {
      return (X) original;
    }

    private String message() {
      return "Global transaction "
          + plan.name()
          + " ("
          + transaction.xid()
          + ") is aborted: "
          + String.join("; ", obstacles);
    }
  }

  /** Takes a local transaction back whose work must not commit. */
  private static final class WorkRolledBackException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    WorkRolledBackException() {
      super(null, null, false, false);
    }
  }
}
