package io.tcc.protocol.threephase;

import io.tcc.engine.Inquiries;
import io.tcc.engine.Limits;
import io.tcc.engine.Peers;
import io.tcc.engine.Rounds;
import io.tcc.log.LocalTransactions;
import io.tcc.log.MemberLog;
import io.tcc.participant.BranchCompletion;
import io.tcc.protocol.threephase.MemberAnswer.Verdict;
import io.tcc.transaction.BranchState;
import io.tcc.transaction.Decision;
import io.tcc.transaction.Enlistment;
import io.tcc.transaction.Instance;
import io.tcc.transaction.Member.Standing;
import io.tcc.transaction.Outcome;
import io.tcc.transaction.Site;
import io.tcc.transaction.Xid;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.function.Supplier;

/**
 * The initiator's side of 3PC:
 *
 * <ol>
 *   <li>Before PRE_COMMIT is inserted: tell every member who the others are. All have to
 *       acknowledge.
 *   <li>Send preCommit to everybody, in the epoch of before any round.
 *   <li>Somebody is committed: COMMIT. Somebody is aborted: ABORT. All are pre-committed: COMMIT.
 *   <li>Somebody refuses it as stale: ask everybody where they stand. A silent one that had asked
 *       before counts by where it stood: READY is ABORT, PRE_COMMITTED is COMMIT. Else send
 *       preCommit again, in the epoch of that.
 *   <li>At the time limit, everybody who answers is pre-committed and the others are silent:
 *       COMMIT. Not while one answers that cannot pre-commit: once committed ones and the initiator
 *       fail, it would abort alone.
 *   <li>Else not yet: the next pass begins at 2.
 * </ol>
 */
public final class PreCommitRounds implements Rounds {

  private final Instance instance;
  private final MemberCalls calls;
  private final TerminationRound termination;
  private final ThreePhaseSettings settings;
  private final Executor executor;

  /** Everything of 3PC that the engine drives. */
  public PreCommitRounds(
      Instance instance,
      MemberLog members,
      LocalTransactions local,
      Membership membership,
      BranchCompletion completion,
      Divergences divergences,
      Inquiries inquiries,
      Peers peers,
      MemberPeers memberPeers,
      ThreePhaseSettings settings,
      Limits limits,
      Executor executor) {
    this.instance = instance;
    this.calls = new MemberCalls(instance.site(), membership, memberPeers, limits.call());
    this.settings = settings;
    this.executor = executor;
    this.termination =
        new TerminationRound(
            instance,
            members,
            local,
            membership,
            completion,
            divergences,
            calls,
            inquiries,
            peers,
            settings,
            limits,
            executor);
  }

  @Override
  public List<String> prepare(Decision wanted) {
    Map<Site, Enlistment> members = members(wanted);
    Map<Site, MemberAnswer> answers =
        MemberCalls.all(members.keySet(), site -> calls.roll(roll(wanted.xid(), site, members)))
            .join();
    List<String> obstacles = new ArrayList<>();
    answers.forEach(
        (site, answer) -> {
          if (answer.verdict() != Verdict.DONE) {
            obstacles.add(
                site.service() + " did not acknowledge who takes part: " + answer.detail());
          }
        });
    return obstacles;
  }

  private Roll roll(Xid xid, Site to, Map<Site, Enlistment> members) {
    return new Roll(
        xid,
        instance.site(),
        to,
        Objects.requireNonNull(members.get(to)).paths(),
        members.keySet().stream().filter(site -> !site.equals(to)).toList());
  }

  @Override
  public CompletableFuture<Progress> advance(Decision preCommitted) {
    Pass pass = new Pass(preCommitted.xid(), members(preCommitted).keySet(), limit(preCommitted));
    return pass.preCommit(pass.members, 0)
        .thenComposeAsync(pass::orCollect, executor)
        .exceptionally(e -> Progress.notYet(String.valueOf(e)));
  }

  private Instant limit(Decision decision) {
    return decision.transaction().deadline().plus(settings.preCommit());
  }

  private static Map<Site, Enlistment> members(Decision decision) {
    Map<Site, Enlistment> members = new TreeMap<>();
    decision.enlisted().stream()
        .filter(Enlistment::inRounds)
        .forEach(each -> members.put(each.site(), each));
    return members;
  }

  @Override
  public List<Supplier<CompletableFuture<Void>>> due(Instant now, Instant until, int limit) {
    return termination.due(now, until, limit);
  }

  @Override
  public int purge(Instant changedBefore, int limit) {
    return termination.purge(changedBefore, limit);
  }

  /** One pass over one transaction. */
  private final class Pass {

    private final Xid xid;
    private final Set<Site> members;
    private final Instant limit;

    Pass(Xid xid, Set<Site> members, Instant limit) {
      this.xid = xid;
      this.members = members;
      this.limit = limit;
    }

    private CompletableFuture<Map<Site, MemberAnswer>> preCommit(Set<Site> to, long epoch) {
      return MemberCalls.all(
          to, site -> calls.preCommit(new PreCommitOrder(xid, instance.site(), site, epoch)));
    }

    private CompletableFuture<Progress> orCollect(Map<Site, MemberAnswer> answers) {
      Tally tally = tallyOf(MemberCalls.standings(answers));
      Optional<Progress> end = ended(tally);
      if (end.isPresent()) {
        return CompletableFuture.completedFuture(end.get());
      }
      boolean stale =
          answers.values().stream().anyMatch(answer -> answer.verdict() == Verdict.STALE);
      return stale
          ? calls.ask(xid, members, null, tally.epoch() + 1).thenComposeAsync(this::goOn, executor)
          : CompletableFuture.completedFuture(atLimit(tally, details(answers)));
    }

    private CompletableFuture<Progress> goOn(Tally collected) {
      Optional<Progress> end = ended(collected);
      if (end.isPresent()) {
        return CompletableFuture.completedFuture(end.get());
      }
      Optional<BranchState> counted = collected.silentAsker();
      if (counted.isPresent()) {
        return CompletableFuture.completedFuture(
            counted.get() == BranchState.READY
                ? Progress.to(
                    Outcome.ABORT, "one that is silent may have aborted: " + collected.inWords())
                : Progress.to(
                    Outcome.COMMIT,
                    "one that is silent may have committed: " + collected.inWords()));
      }
      Set<Site> ready = new HashSet<>(collected.standings().keySet());
      ready.removeIf(site -> is(collected, site, BranchState.PRE_COMMITTED));
      return preCommit(ready, collected.epoch())
          .thenApply(
              answers -> {
                Map<Site, Standing> all = new TreeMap<>(collected.standings());
                all.keySet().removeAll(ready);
                all.putAll(MemberCalls.standings(answers));
                Tally now = tallyOf(all);
                return ended(now).orElseGet(() -> atLimit(now, details(answers)));
              });
    }

    private boolean is(Tally tally, Site site, BranchState state) {
      Standing standing = tally.standings().get(site);
      return standing != null && standing.is(state);
    }

    private Optional<Progress> ended(Tally tally) {
      if (tally.anybody(BranchState.COMMITTED)) {
        return Optional.of(
            Progress.to(Outcome.COMMIT, "somebody has committed: " + tally.inWords()));
      }
      if (tally.anybody(BranchState.ABORTED)) {
        return Optional.of(Progress.to(Outcome.ABORT, "somebody has aborted: " + tally.inWords()));
      }
      return tally.everybody(BranchState.PRE_COMMITTED)
          ? Optional.of(Progress.to(Outcome.COMMIT, "all have pre-committed"))
          : Optional.empty();
    }

    private Progress atLimit(Tally tally, String details) {
      if (!instance.clock().instant().isBefore(limit)
          && tally.everybodyWhoAnswered(BranchState.PRE_COMMITTED)) {
        return Progress.to(
            Outcome.COMMIT, "all that answer have pre-committed: " + tally.inWords());
      }
      return Progress.notYet("not all have pre-committed: " + tally.inWords() + details);
    }

    private Tally tallyOf(Map<Site, Standing> standings) {
      Set<Site> silent = new HashSet<>(members);
      silent.removeAll(standings.keySet());
      return new Tally(standings, silent);
    }

    private String details(Map<Site, MemberAnswer> answers) {
      StringBuilder details = new StringBuilder();
      answers.forEach(
          (site, answer) -> {
            if (!answer.detail().isEmpty()) {
              details.append(site.service()).append(": ").append(answer.detail()).append("; ");
            }
          });
      return details.toString();
    }
  }
}
