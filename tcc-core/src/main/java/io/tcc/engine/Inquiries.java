package io.tcc.engine;

import static java.util.stream.Collectors.toSet;

import io.tcc.transaction.Decision;
import io.tcc.transaction.GlobalTransaction;
import io.tcc.transaction.Inquiry;
import io.tcc.transaction.InquiryAnswer;
import io.tcc.transaction.InquiryAnswer.Verdict;
import io.tcc.transaction.Instance;
import io.tcc.transaction.Outcome;
import java.time.Instant;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;

/**
 * Answers the question for a decision of this service:
 *
 * <ol>
 *   <li>Begun under an identity that the log here has given up, after a restore or as a copy:
 *       forgotten. The decision may be elsewhere, or lost.
 *   <li>Older than the retention: forgotten. The row may have been purged, so its absence says
 *       nothing.
 *   <li>Decided: the outcome; with COMMIT the calls of the asker that it names. PRE_COMMIT is told
 *       as such; asking never makes it ABORT.
 *   <li>Not decided, and the work phase is not over: pending.
 *   <li>Not decided, and it is over: insert ABORT, so that a slow initiator can no longer commit,
 *       then answer. If somebody else decides meanwhile, that one is right. If it can no longer be
 *       inserted, because the retention is over by now: forgotten.
 * </ol>
 */
public final class Inquiries {

  private final Decider decider;
  private final Limits limits;
  private final Instance instance;

  public Inquiries(Decider decider, Limits limits, Instance instance) {
    this.decider = decider;
    this.limits = limits;
    this.instance = instance;
  }

  /**
   * Answers an inquiry that is addressed to this service and this log, whatever its identity.
   *
   * @throws RuntimeException if the log cannot be read or written; that is no answer
   */
  public InquiryAnswer answer(Inquiry inquiry) {
    GlobalTransaction transaction = inquiry.transaction();
    if (instance.isRetired(transaction.initiator())) {
      return InquiryAnswer.undecided(
          Verdict.FORGOTTEN,
          "begun in log "
              + transaction.initiator().log()
              + ", whose identity was retired when "
              + instance.site().service()
              + "'s database was restored or copied; the log here is "
              + instance.site().log());
    }
    Instant now = instance.clock().instant();
    if (transaction.begun().plus(limits.retention()).isBefore(now)) {
      return InquiryAnswer.undecided(
          Verdict.FORGOTTEN,
          "begun "
              + transaction.begun()
              + ", longer ago than decisions are kept ("
              + limits.retention()
              + ")");
    }
    Optional<Decision> decision = decider.find(transaction.xid());
    if (decision.isEmpty() && now.isBefore(transaction.deadline())) {
      return InquiryAnswer.undecided(
          Verdict.PENDING, "at work until " + transaction.deadline() + " at the latest");
    }
    try {
      return answer(inquiry, decision.orElseGet(() -> decider.abortUnlessDecided(transaction)));
    } catch (TooLateToDecideException e) {
      return InquiryAnswer.undecided(Verdict.FORGOTTEN, String.valueOf(e.getMessage()));
    }
  }

  /**
   * Decides ABORT about a transaction of this service at once, though it may be at work; unless it
   * is decided.
   *
   * @return what is decided; nothing if that cannot be told here
   * @throws RuntimeException if the log cannot be read or written
   */
  Optional<Outcome> abort(GlobalTransaction transaction) {
    if (!instance.site().answersFor(transaction.initiator())) {
      return Optional.empty();
    }
    try {
      return Optional.of(decider.abortUnlessDecided(transaction).outcome());
    } catch (TooLateToDecideException e) {
      return Optional.empty();
    }
  }

  /** Asks whoever began the transaction, which may be this service. */
  public CompletableFuture<InquiryAnswer> ask(Inquiry inquiry, Peers peers) {
    return instance.holds(inquiry.transaction().initiator())
        ? CompletableFuture.completedFuture(answer(inquiry))
        : peers.ask(inquiry, limits.call());
  }

  private static InquiryAnswer answer(Inquiry inquiry, Decision decision) {
    return switch (decision.outcome()) {
      case ABORT -> InquiryAnswer.abort();
      case PRE_COMMIT ->
          InquiryAnswer.undecided(
              Verdict.PRE_COMMIT, "everybody has voted yes; what becomes of it is being settled");
      case COMMIT ->
          InquiryAnswer.commit(
              decision.enlisted().stream()
                  .filter(e -> e.site().equals(inquiry.asker()))
                  .flatMap(e -> e.paths().stream())
                  .collect(toSet()));
    };
  }
}
