package io.tcc.engine;

import static java.util.stream.Collectors.groupingBy;

import io.tcc.log.BranchLog;
import io.tcc.log.DecisionLog;
import io.tcc.log.HeuristicLog;
import io.tcc.log.LocalTransactions;
import io.tcc.participant.BranchCompletion;
import io.tcc.participant.BranchesElsewhere;
import io.tcc.transaction.Branch;
import io.tcc.transaction.CompletionAnswer;
import io.tcc.transaction.CompletionOrder;
import io.tcc.transaction.Decision;
import io.tcc.transaction.Events;
import io.tcc.transaction.GlobalTransaction;
import io.tcc.transaction.Inquiry;
import io.tcc.transaction.InquiryAnswer;
import io.tcc.transaction.Instance;
import io.tcc.transaction.Outcome;
import io.tcc.transaction.TransactionEvent;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.function.Supplier;
import java.util.stream.IntStream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Brings to an end what a crash, a silent peer or a failing branch left open. One pass:
 *
 * <ol>
 *   <li>Close the rows of fully acknowledged transactions.
 *   <li>Take over due decisions, under a lease, and drive each.
 *   <li>Take branches past their deadline, those that databases have prepared among them, ask their
 *       initiators, and complete them as told.
 *   <li>Take participants whose time in a round is over, and let their protocol see to them.
 *   <li>From time to time, delete what finished longer ago than the retention; see {@link
 *       Housekeeping}.
 * </ol>
 *
 * <p>Every transaction is driven on its own, so one that hangs delays no other.
 */
public final class Recovery {

  private static final Logger log = LoggerFactory.getLogger(Recovery.class);

  private final Instance instance;
  private final DecisionLog decisions;
  private final BranchLog branchLog;
  private final BranchesElsewhere elsewhere;
  private final HeuristicLog heuristics;
  private final LocalTransactions local;
  private final BranchCompletion branches;
  private final Inquiries inquiries;
  private final Driver driver;
  private final Rounds rounds;
  private final Peers peers;
  private final Limits limits;
  private final Events events;
  private final Executor executor;
  private final Housekeeping housekeeping;
  private final Housekeeping elsewhereKept;

  public Recovery(
      Instance instance,
      DecisionLog decisions,
      BranchLog branchLog,
      BranchesElsewhere elsewhere,
      HeuristicLog heuristics,
      LocalTransactions local,
      BranchCompletion branches,
      Inquiries inquiries,
      Driver driver,
      Rounds rounds,
      Peers peers,
      Limits limits,
      Events events,
      Executor executor) {
    this.instance = instance;
    this.decisions = decisions;
    this.branchLog = branchLog;
    this.elsewhere = elsewhere;
    this.heuristics = heuristics;
    this.local = local;
    this.branches = branches;
    this.inquiries = inquiries;
    this.driver = driver;
    this.rounds = rounds;
    this.peers = peers;
    this.limits = limits;
    this.events = events;
    this.executor = executor;
    this.housekeeping = new Housekeeping(limits.batch());
    this.elsewhereKept = new Housekeeping(limits.batch());
  }

  /**
   * What a pass found.
   *
   * @param closed decisions closed
   * @param decisions decisions taken over
   * @param branches branches that asked
   * @param purged rows deleted
   * @param full whether it took as much as one pass may, so that there may be more to do
   * @param ended ends when all that the pass took has been driven once; does not fail
   */
  public record Pass(
      int closed,
      int decisions,
      int branches,
      int purged,
      boolean full,
      CompletableFuture<Void> ended)
      implements io.tcc.engine.Pass {

    /** Whether there was anything to do. */
    public boolean isIdle() {
      return closed + decisions + branches + purged == 0;
    }
  }

  /** One pass, to its end. For tests, operators, and the last pass before a shutdown. */
  public Pass runOnce() {
    Pass pass = start();
    pass.ended().join();
    return pass;
  }

  /** Starts one pass. What it takes is driven by the executor. */
  public Pass start() {
    Instant now = instance.clock().instant();
    Instant until = now.plus(limits.lease());
    int closed = driver.closeAcknowledged();
    List<CompletableFuture<Void>> all = new ArrayList<>();
    List<Decision> due =
        local.separate(
            limits.call(), () -> decisions.claimDue(instance.name(), now, until, limits.batch()));
    due.forEach(decision -> all.add(apart(() -> driver.drive(decision))));
    List<Branch> asking =
        local.separate(limits.call(), () -> branchLog.claimDue(now, until, limits.batch()));
    asking.stream()
        .collect(groupingBy(branch -> new Inquiry(branch.transaction(), branch.site())))
        .forEach((inquiry, own) -> all.add(apart(() -> ask(inquiry, own))));
    all.add(apart(() -> askForPrepared(now)));
    List<Supplier<CompletableFuture<Void>>> rounding = rounds.due(now, until, limits.batch());
    rounding.forEach(each -> all.add(apart(each)));
    int purged = purge(now);
    int fullest = IntStream.of(due.size(), asking.size(), rounding.size()).max().orElseThrow();
    return new Pass(
        closed,
        due.size(),
        asking.size() + rounding.size(),
        purged,
        fullest >= limits.batch() || housekeeping.hasMore(now),
        CompletableFuture.allOf(all.toArray(CompletableFuture<?>[]::new)));
  }

  private int purge(Instant now) {
    Instant old = old(now);
    int batch = limits.batch();
    return housekeeping.purge(
        now,
        () -> local.separate(limits.call(), () -> decisions.purge(old, batch)),
        () -> local.separate(limits.call(), () -> branchLog.purge(old, batch)),
        () -> local.separate(limits.call(), () -> heuristics.purge(old, batch)),
        () -> rounds.purge(old, batch));
  }

  private Instant old(Instant now) {
    return now.minus(limits.retention()).minus(limits.lease());
  }

  private CompletableFuture<Void> apart(Supplier<CompletableFuture<Void>> work) {
    return CompletableFuture.completedFuture(work)
        .thenComposeAsync(Supplier::get, executor)
        .exceptionally(
            failure -> {
              log.warn(
                  "A transaction could not be recovered yet; the next pass tries again", failure);
              return null;
            });
  }

  /** Other databases than the log's may be away, and must not hold up this one. */
  private CompletableFuture<Void> askForPrepared(Instant now) {
    elsewhereKept.purge(now, () -> elsewhere.purge(old(now), limits.batch()));
    return CompletableFuture.allOf(
        elsewhere.due(now, limits.batch()).stream()
            .map(inquiry -> apart(() -> ask(inquiry, List.of())))
            .toArray(CompletableFuture<?>[]::new));
  }

  private CompletableFuture<Void> ask(Inquiry inquiry, List<Branch> asking) {
    return inquiries
        .ask(inquiry, peers)
        .thenAcceptAsync(told -> obey(inquiry, asking, told), executor);
  }

  private void obey(Inquiry inquiry, List<Branch> asking, InquiryAnswer told) {
    switch (told.verdict()) {
      case COMMIT -> complete(inquiry, asking, Outcome.COMMIT, told);
      case ABORT -> complete(inquiry, asking, Outcome.ABORT, told);
      case PENDING, PRE_COMMIT, UNREACHABLE -> {
        String reason = told.verdict() + ": " + told.detail();
        asking.forEach(branch -> postpone(branch, reason));
        elsewhere.waits(inquiry.transaction(), reason);
      }
      case FORGOTTEN -> {
        String reason =
            "The initiator no longer knows the outcome: "
                + told.detail()
                + ". Find out by other means, then force it.";
        asking.forEach(branch -> park(branch, reason));
        elsewhere.waits(inquiry.transaction(), reason);
      }
    }
  }

  private void complete(Inquiry inquiry, List<Branch> asking, Outcome outcome, InquiryAnswer told) {
    GlobalTransaction transaction = inquiry.transaction();
    CompletionAnswer answer =
        branches.complete(
            new CompletionOrder(
                transaction.xid(), transaction.begun(), outcome, inquiry.asker(), told.paths()));
    if (answer.verdict() != CompletionAnswer.Verdict.DONE) {
      elsewhere.waits(transaction, answer.detail());
    }
    switch (answer.verdict()) {
      case DONE -> {}
      case RETRY -> asking.forEach(branch -> postponeOrPark(branch, answer.detail()));
      case CONFLICT -> asking.forEach(branch -> park(branch, answer.detail()));
    }
  }

  private void postponeOrPark(Branch branch, String reason) {
    if (limits.backoff().isExhausted(branch.attempts())) {
      park(branch, reason);
    } else {
      postpone(branch, reason);
    }
  }

  private void postpone(Branch branch, String reason) {
    Instant next = instance.clock().instant().plus(limits.backoff().delay(branch.attempts()));
    local.separate(limits.call(), () -> branchLog.postpone(branch, next, reason));
  }

  private void park(Branch branch, String reason) {
    if (local.separate(limits.call(), () -> branchLog.park(branch, reason))) {
      events.publish(new TransactionEvent.BranchParked(branch.id(), branch.participant(), reason));
    }
  }
}
