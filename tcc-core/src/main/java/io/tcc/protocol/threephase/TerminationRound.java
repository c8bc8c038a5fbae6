package io.tcc.protocol.threephase;

import io.tcc.engine.Inquiries;
import io.tcc.engine.Limits;
import io.tcc.engine.Peers;
import io.tcc.log.LocalTransactions;
import io.tcc.log.MemberLog;
import io.tcc.participant.BranchCompletion;
import io.tcc.transaction.BranchState;
import io.tcc.transaction.CompletionAnswer;
import io.tcc.transaction.CompletionOrder;
import io.tcc.transaction.Inquiry;
import io.tcc.transaction.InquiryAnswer;
import io.tcc.transaction.Instance;
import io.tcc.transaction.Member;
import io.tcc.transaction.Member.Cause;
import io.tcc.transaction.Member.Standing;
import io.tcc.transaction.Outcome;
import io.tcc.transaction.Site;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * What a member does when its time is over, after a restart too:
 *
 * <ol>
 *   <li>Ask the initiator. Obey COMMIT and ABORT. While it says PRE_COMMIT, a READY member that
 *       took part in no round pre-commits; everybody else waits.
 *   <li>If it is silent, begin a round: raise the own epoch, then ask the peers, the others again
 *       once one is silent.
 *   <li>Somebody committed: commit. Else somebody aborted: abort. Both: wait for the initiator.
 *   <li>Else a silent one that had asked while READY may have aborted by the answer: abort.
 *   <li>Else, being PRE_COMMITTED: commit, alone.
 *   <li>Else, if somebody is PRE_COMMITTED, or a silent one was when it asked: pre-commit, and wait
 *       for the pre-commit timeout.
 *   <li>Else abort, alone; or stay READY, if so configured.
 * </ol>
 *
 * <p>A conclusion holds only if the member took part in no other round meanwhile; else it begins
 * again, later than members before it in the order of sites. Who decided without the initiator goes
 * on asking it, and marks the divergence if it decided otherwise.
 *
 * <p>Why each of these is needed is shown by the model, {@code io.tcc.model.ThreePhase}. Source:
 * Skeen and Stonebraker, "A Formal Model of Crash Recovery in a Distributed System", TSE 1983.
 */
final class TerminationRound {

  private final Instance instance;
  private final MemberLog members;
  private final LocalTransactions local;
  private final Membership membership;
  private final BranchCompletion completion;
  private final Divergences divergences;
  private final MemberCalls calls;
  private final Inquiries inquiries;
  private final Peers peers;
  private final ThreePhaseSettings settings;
  private final Limits limits;
  private final Executor executor;

  TerminationRound(
      Instance instance,
      MemberLog members,
      LocalTransactions local,
      Membership membership,
      BranchCompletion completion,
      Divergences divergences,
      MemberCalls calls,
      Inquiries inquiries,
      Peers peers,
      ThreePhaseSettings settings,
      Limits limits,
      Executor executor) {
    this.instance = instance;
    this.members = members;
    this.local = local;
    this.membership = membership;
    this.completion = completion;
    this.divergences = divergences;
    this.calls = calls;
    this.inquiries = inquiries;
    this.peers = peers;
    this.settings = settings;
    this.limits = limits;
    this.executor = executor;
  }

  /** Takes members whose time is over, and what is to be done for each. */
  List<Supplier<CompletableFuture<Void>>> due(Instant now, Instant until, int limit) {
    return local.separate(limits.call(), () -> members.claimDue(now, until, limit)).stream()
        .<Supplier<CompletableFuture<Void>>>map(member -> () -> timeIsOver(member))
        .toList();
  }

  private CompletableFuture<Void> timeIsOver(Member member) {
    Inquiry inquiry = new Inquiry(member.transaction(), member.site());
    return inquiries.ask(inquiry, peers).thenComposeAsync(told -> told(member, told), executor);
  }

  private CompletableFuture<Void> told(Member member, InquiryAnswer told) {
    if (member.state().isTerminal()) {
      compare(member, told);
      return CompletableFuture.completedFuture(null);
    }
    switch (told.verdict()) {
      case COMMIT -> obey(member, Outcome.COMMIT, told);
      case ABORT -> obey(member, Outcome.ABORT, told);
      case PRE_COMMIT -> preCommitting(member, told);
      case PENDING -> postpone(member, told.detail());
      case FORGOTTEN ->
          settle(member, "The initiator no longer knows the outcome: " + told.detail());
      case UNREACHABLE -> {
        return hold(member);
      }
    }
    return CompletableFuture.completedFuture(null);
  }

  /** What was decided here without the initiator, and what it decided. */
  private void compare(Member member, InquiryAnswer told) {
    switch (told.verdict()) {
      case COMMIT -> compare(member, Outcome.COMMIT);
      case ABORT -> compare(member, Outcome.ABORT);
      case PENDING, PRE_COMMIT, UNREACHABLE -> postpone(member, told.detail());
      case FORGOTTEN ->
          settle(member, "The initiator no longer knows the outcome: " + told.detail());
    }
  }

  private void compare(Member member, Outcome decided) {
    if (member.state() == ThreePhase.PROTOCOL.completed(decided)) {
      settle(member, null);
    } else {
      divergences.mark(member, decided);
    }
  }

  private void obey(Member member, Outcome outcome, InquiryAnswer told) {
    CompletionAnswer answer =
        completion.complete(
            new CompletionOrder(
                member.xid(), member.transaction().begun(), outcome, member.site(), told.paths()));
    if (answer.verdict() != CompletionAnswer.Verdict.DONE) {
      postpone(member, answer.detail());
    }
  }

  private void preCommitting(Member member, InquiryAnswer told) {
    try {
      if (member.state() == BranchState.READY
          && member.epoch() == 0
          && membership.preCommitIn(member.xid(), 0)) {
        return;
      }
      postpone(member, told.detail());
    } catch (RuntimeException e) {
      postpone(member, String.valueOf(e.getMessage()));
    }
  }

  private CompletableFuture<Void> hold(Member member) {
    Member begun = membership.beginRound(member.xid()).orElse(null);
    if (begun == null) {
      // It has an outcome meanwhile.
      return CompletableFuture.completedFuture(null);
    }
    return calls
        .ask(begun.xid(), begun.peers(), begun.state(), begun.epoch())
        .thenAcceptAsync(tally -> conclude(begun, withOwn(begun, tally)), executor);
  }

  private Tally withOwn(Member member, Tally tally) {
    Map<Site, Standing> all = new HashMap<>(tally.standings());
    all.put(instance.site(), member.standing());
    return new Tally(all, tally.silent());
  }

  private void conclude(Member member, Tally tally) {
    try {
      if (!follow(member, tally)) {
        again(member);
      }
    } catch (RuntimeException e) {
      postpone(member, String.valueOf(e.getMessage()));
    }
  }

  /** Does what a round has found; false if it does not hold any more. */
  private boolean follow(Member member, Tally tally) {
    boolean committed = tally.anybody(BranchState.COMMITTED);
    boolean aborted = tally.anybody(BranchState.ABORTED);
    Optional<BranchState> silentAsker = tally.silentAsker();
    if (committed && aborted) {
      postpone(member, "The others have ended differently: " + tally.inWords());
      return true;
    }
    if (committed) {
      return end(member, Outcome.COMMIT, Cause.PEER);
    }
    if (aborted || silentAsker.filter(s -> s == BranchState.READY).isPresent()) {
      return end(member, Outcome.ABORT, aborted ? Cause.PEER : Cause.TIMEOUT);
    }
    if (member.state() == BranchState.PRE_COMMITTED) {
      return end(member, Outcome.COMMIT, Cause.TIMEOUT);
    }
    if (silentAsker.isPresent() || tally.anybody(BranchState.PRE_COMMITTED)) {
      return membership.preCommitIn(member.xid(), member.epoch());
    }
    if (settings.readyBlocks()) {
      postpone(member, "Nobody who answers knows more: " + tally.inWords());
      return true;
    }
    return end(member, Outcome.ABORT, Cause.TIMEOUT);
  }

  private boolean end(Member member, Outcome outcome, Cause cause) {
    return membership.concludeIn(member, member.epoch(), outcome, cause);
  }

  /** Somebody asked during the round. Not everybody begins again at once. */
  private void again(Member member) {
    long before =
        Stream.concat(member.peers().stream(), Stream.of(instance.site()))
            .sorted()
            .takeWhile(site -> !site.equals(instance.site()))
            .count();
    note(
        member,
        limits.call().multipliedBy(before + 1),
        "Another round was held during its own: it begins again");
  }

  private void postpone(Member member, String why) {
    note(member, limits.backoff().delay(member.attempts() + 1), why);
  }

  private void note(Member member, Duration delay, String why) {
    Instant next = instance.clock().instant().plus(delay);
    local.separate(
        limits.call(),
        () -> {
          members.postpone(member.xid(), next, why);
          return true;
        });
  }

  private void settle(Member member, @Nullable String error) {
    local.separate(
        limits.call(),
        () -> {
          members.settle(member.xid(), error);
          return true;
        });
  }

  /** Deletes members that are settled; returns how many. */
  int purge(Instant changedBefore, int limit) {
    return local.separate(limits.call(), () -> members.purge(changedBefore, limit));
  }
}
