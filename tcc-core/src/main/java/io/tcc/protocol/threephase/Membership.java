package io.tcc.protocol.threephase;

import io.tcc.log.BranchLog;
import io.tcc.log.BranchLog.Change;
import io.tcc.log.BranchLog.OpenBranches;
import io.tcc.log.LocalTransactions;
import io.tcc.log.MemberLog;
import io.tcc.participant.BranchCompletion;
import io.tcc.participant.BranchHandlers;
import io.tcc.protocol.threephase.MemberAnswer.Verdict;
import io.tcc.transaction.Branch;
import io.tcc.transaction.BranchState;
import io.tcc.transaction.CallPath;
import io.tcc.transaction.CompletionOrder;
import io.tcc.transaction.Fence;
import io.tcc.transaction.Identifiers;
import io.tcc.transaction.Member;
import io.tcc.transaction.Member.Asked;
import io.tcc.transaction.Member.Cause;
import io.tcc.transaction.Outcome;
import io.tcc.transaction.Site;
import io.tcc.transaction.Xid;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.function.Supplier;

/**
 * The called side of 3PC: one member row per transaction, beside the branches. READY →
 * PRE_COMMITTED → COMMITTED, or ABORTED from either.
 *
 * <ol>
 *   <li>The vote inserts the member, READY, with the branch.
 *   <li>The roll tells it who else takes part; from then on it is READY for the ready timeout.
 *   <li>preCommit runs the PreCommit methods and makes it PRE_COMMITTED, for the pre-commit
 *       timeout. A message of before a round that it took part in is stale: it is refused.
 *   <li>The initiator's decision completes it with the branches.
 *   <li>A question raises its epoch. While READY it notes who asked, and where that one stood: who
 *       asked may have decided by the answer.
 *   <li>What {@link TerminationRound} concludes holds only in the epoch in which the round began.
 * </ol>
 *
 * <p>Each of these is one local transaction, which locks the fences of the calls first if it
 * changes branches, then the member.
 */
public final class Membership {

  private final MemberLog members;
  private final BranchLog branches;
  private final LocalTransactions local;
  private final BranchHandlers handlers;
  private final BranchCompletion completion;
  private final MemberPeers peers;
  private final ThreePhaseSettings settings;
  private final Duration limit;
  private final Duration recheck;
  private final Clock clock;
  private final Identifiers identifiers;

  /**
   * @param limit bound of each statement and lock wait
   * @param recheck after which a member that decided alone asks what the initiator decided
   */
  public Membership(
      MemberLog members,
      BranchLog branches,
      LocalTransactions local,
      BranchHandlers handlers,
      BranchCompletion completion,
      MemberPeers peers,
      ThreePhaseSettings settings,
      Duration limit,
      Duration recheck,
      Clock clock,
      Identifiers identifiers) {
    this.members = members;
    this.branches = branches;
    this.local = local;
    this.handlers = handlers;
    this.completion = completion;
    this.peers = peers;
    this.settings = settings;
    this.limit = limit;
    this.recheck = recheck;
    this.clock = clock;
    this.identifiers = identifiers;
  }

  /** Learns who else takes part. */
  public MemberAnswer roll(Roll roll) {
    for (Site peer : roll.peers()) {
      if (!peers.knows(peer.service())) {
        return MemberAnswer.silent(
            "service "
                + peer.service()
                + " takes part too, but its address is not configured here: set tcc.services."
                + peer.service()
                + ".url");
      }
    }
    return answered(roll.xid(), () -> learn(roll));
  }

  private MemberAnswer learn(Roll roll) {
    Member member = members.lock(roll.xid()).orElse(null);
    if (member == null) {
      return unknown(roll.xid());
    }
    if (!isInitiator(member, roll.from())) {
      return stranger(roll.xid(), roll.from());
    }
    if (member.state() == BranchState.ABORTED) {
      return MemberAnswer.of(Verdict.CONFLICT, member.standing(), member.standing().inWords());
    }
    boolean knows = member.paths().equals(roll.paths()) && member.peers().equals(roll.peers());
    if (member.state() == BranchState.READY && !knows) {
      members.tellPeers(
          roll.xid(), roll.paths(), roll.peers(), clock.instant().plus(settings.ready()));
    }
    return MemberAnswer.of(Verdict.DONE, member.standing(), "");
  }

  /** Pre-commits, unless the order is stale. */
  public MemberAnswer preCommit(PreCommitOrder order) {
    return answered(
        order.xid(),
        () -> {
          branches.lockFences(order.xid());
          Member member = members.lock(order.xid()).orElse(null);
          if (member == null) {
            return unknown(order.xid());
          }
          if (!isInitiator(member, order.from())) {
            return stranger(order.xid(), order.from());
          }
          return preCommit(member, order.epoch());
        });
  }

  private MemberAnswer preCommit(Member member, long epoch) {
    String stands = member.standing().inWords();
    switch (member.state()) {
      case ABORTED -> {
        return MemberAnswer.of(Verdict.CONFLICT, member.standing(), stands);
      }
      case COMMITTED -> {
        return MemberAnswer.of(Verdict.DONE, member.standing(), "");
      }
      default -> {
        if (epoch < member.epoch()) {
          return MemberAnswer.of(Verdict.STALE, member.standing(), stands);
        }
        if (member.state() == BranchState.READY) {
          runPreCommit(member.xid(), epoch);
        }
        Member now = members.find(member.xid()).orElse(member);
        return MemberAnswer.of(Verdict.DONE, now.standing(), "");
      }
    }
  }

  private void runPreCommit(Xid xid, long epoch) {
    OpenBranches open = branches.open(xid);
    if (!open.unreadable().isEmpty()) {
      throw new IllegalStateException(String.join("; ", open.unreadable()));
    }
    List<Branch> voted =
        open.readable().stream().filter(b -> b.state() == BranchState.READY).toList();
    String token = identifiers.next();
    List<Change> moves =
        voted.stream()
            .map(b -> new Change(b.id(), BranchState.READY, BranchState.PRE_COMMITTED))
            .toList();
    if (!branches.complete(moves, token)) {
      throw new IllegalStateException("A branch of " + xid + " moved below its locked fence");
    }
    voted.forEach(branch -> handler(branch).preCommit(branch));
    if (!voted.isEmpty() && !branches.carries(voted.get(0).id(), token)) {
      throw new IllegalStateException(
          "The database rolled a part of the PreCommit of "
              + xid
              + " back, and the error was"
              + " swallowed");
    }
    if (!members.preCommit(xid, epoch, clock.instant().plus(settings.preCommit()))) {
      throw new IllegalStateException("The locked member of " + xid + " moved");
    }
  }

  private ThreePhaseHandler handler(Branch branch) {
    return (ThreePhaseHandler) handlers.registered(branch.participant(), ThreePhase.PROTOCOL);
  }

  /** Tells where this member stands, and remembers who asked. */
  public MemberAnswer answer(RoundQuestion question) {
    return answered(
        question.xid(),
        () -> {
          Member member = members.lock(question.xid()).orElse(null);
          if (member == null) {
            return unknown(question.xid());
          }
          boolean fromInitiator = isInitiator(member, question.from()) && question.state() == null;
          boolean fromPeer = member.peers().contains(question.from()) && question.state() != null;
          if (!fromInitiator && !fromPeer) {
            return stranger(question.xid(), question.from());
          }
          return takePart(member, question);
        });
  }

  private MemberAnswer takePart(Member member, RoundQuestion question) {
    if (member.state().isTerminal()) {
      return MemberAnswer.of(Verdict.DONE, member.standing(), "");
    }
    long epoch = Math.max(member.epoch() + 1, question.epoch());
    members.takePart(member.xid(), member.epoch(), epoch, asked(member, question));
    return MemberAnswer.of(Verdict.DONE, members.find(member.xid()).orElse(member).standing(), "");
  }

  /** Who asks again has not decided by the answer of before. */
  private static List<Asked> asked(Member member, RoundQuestion question) {
    BranchState state = question.state();
    if (state == null || member.state() != BranchState.READY) {
      return member.asked();
    }
    List<Asked> all = new ArrayList<>(member.asked());
    all.removeIf(each -> each.by().equals(question.from()));
    all.add(new Asked(question.from(), state));
    return all;
  }

  /** The member as it stands, read in a local transaction of its own. */
  Optional<Member> find(Xid xid) {
    return local.separate(limit, () -> members.find(xid));
  }

  /** Begins a round of its own: raises its epoch; empty if it has an outcome. */
  Optional<Member> beginRound(Xid xid) {
    return local.separate(
        limit,
        () ->
            members
                .lock(xid)
                .filter(
                    member ->
                        members.takePart(xid, member.epoch(), member.epoch() + 1, member.asked()))
                .flatMap(member -> members.find(xid)));
  }

  /**
   * Pre-commits by what was heard elsewhere.
   *
   * @param epoch in which it was concluded; if the member took part in a round since, it does not
   *     hold
   * @throws RuntimeException if a PreCommit method failed
   */
  boolean preCommitIn(Xid xid, long epoch) {
    return local.separate(
        limit,
        () -> {
          branches.lockFences(xid);
          boolean holds =
              members
                  .lock(xid)
                  .filter(m -> m.state() == BranchState.READY && m.epoch() == epoch)
                  .isPresent();
          if (holds) {
            runPreCommit(xid, epoch);
          }
          return holds;
        });
  }

  /**
   * Ends the member and its branches by what a round has concluded.
   *
   * @param epoch in which it was concluded; if the member took part in a round since, it does not
   *     hold
   * @throws RuntimeException if a method of a branch failed
   */
  boolean concludeIn(Member member, long epoch, Outcome outcome, Cause cause) {
    BranchState to = ThreePhase.PROTOCOL.completed(outcome);
    return local.separate(
        limit,
        () -> {
          List<Fence> fences = branches.lockFences(member.xid());
          Instant next = clock.instant().plus(recheck);
          if (!members.complete(member.xid(), epoch, to, cause, next)) {
            return false;
          }
          SortedSet<CallPath> paths = new TreeSet<>(member.paths());
          if (outcome == Outcome.ABORT) {
            fences.forEach(fence -> paths.add(fence.path()));
          }
          completion.completeTogether(
              new CompletionOrder(
                  member.xid(), member.transaction().begun(), outcome, member.site(), paths));
          return true;
        });
  }

  private MemberAnswer answered(Xid xid, Supplier<MemberAnswer> work) {
    try {
      return local.separate(limit, work);
    } catch (RuntimeException e) {
      return failed(xid, e);
    }
  }

  /** It is there, but cannot: that is not silence. */
  private MemberAnswer failed(Xid xid, RuntimeException e) {
    try {
      return new MemberAnswer(
          Verdict.RETRY, find(xid).map(Member::standing), String.valueOf(e.getMessage()));
    } catch (RuntimeException again) {
      return MemberAnswer.silent(String.valueOf(again.getMessage()));
    }
  }

  private static boolean isInitiator(Member member, Site from) {
    return member.transaction().initiator().equals(from);
  }

  private static MemberAnswer unknown(Xid xid) {
    return MemberAnswer.silent("nothing is known here of " + xid);
  }

  private static MemberAnswer stranger(Xid xid, Site from) {
    return MemberAnswer.refused(from + " has no part in " + xid);
  }
}
