package io.tcc.engine;

import static java.util.stream.Collectors.toSet;

import io.tcc.transaction.Decision;
import io.tcc.transaction.GlobalTransaction;
import io.tcc.transaction.Inquiry;
import io.tcc.transaction.InquiryAnswer;
import io.tcc.transaction.InquiryAnswer.Verdict;
import java.time.Clock;
import java.time.Instant;
import java.util.Optional;

/**
 * Answers the question for a decision of this service:
 *
 * <ol>
 *   <li>Older than the retention: forgotten. The row may have been purged, so its absence says
 *       nothing.
 *   <li>Decided: the outcome; with COMMIT the calls of the asker that it names. PRE_COMMIT is told
 *       as such; asking never makes it ABORT.
 *   <li>Not decided, and the work phase is not over: pending.
 *   <li>Not decided, and it is over: insert ABORT, so that a slow initiator can no longer commit,
 *       then answer. If somebody else decides meanwhile, that one is right.
 * </ol>
 */
public final class Inquiries {

  private final Decider decider;
  private final Limits limits;
  private final Clock clock;

  public Inquiries(Decider decider, Limits limits, Clock clock) {
    this.decider = decider;
    this.limits = limits;
    this.clock = clock;
  }

  /**
   * Answers an inquiry that is addressed to this service and this log.
   *
   * @throws RuntimeException if the log cannot be read or written; that is no answer
   */
  public InquiryAnswer answer(Inquiry inquiry) {
    GlobalTransaction transaction = inquiry.transaction();
    Instant now = clock.instant();
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
    return answer(inquiry, decision.orElseGet(() -> decider.abortUnlessDecided(transaction)));
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
