package io.tcc.protocol.threephase;

import io.tcc.transaction.BranchState;
import io.tcc.transaction.Member.Standing;
import io.tcc.transaction.Site;
import io.tcc.transaction.Xid;
import java.time.Duration;
import java.util.Collection;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** Reaches the members of a transaction, this service's own among them. */
final class MemberCalls {

  private final Site here;
  private final Membership own;
  private final MemberPeers peers;
  private final Duration limit;

  /**
   * @param limit longest wait for one answer
   */
  MemberCalls(Site here, Membership own, MemberPeers peers, Duration limit) {
    this.here = here;
    this.own = own;
    this.peers = peers;
    this.limit = limit;
  }

  CompletableFuture<MemberAnswer> roll(Roll roll) {
    return here.answersFor(roll.addressee())
        ? CompletableFuture.completedFuture(own.roll(roll))
        : peers.roll(roll, limit);
  }

  CompletableFuture<MemberAnswer> preCommit(PreCommitOrder order) {
    return here.answersFor(order.addressee())
        ? CompletableFuture.completedFuture(own.preCommit(order))
        : peers.preCommit(order, limit);
  }

  /**
   * Asks everybody where they stand. Once somebody is silent, the others are asked again: what a
   * silent one did before it fell silent counts.
   *
   * @param state where this side stands; null for the initiator
   */
  CompletableFuture<Tally> ask(
      Xid xid, Collection<Site> members, @Nullable BranchState state, long epoch) {
    return ask(xid, new HashSet<>(members), Set.of(), state, epoch);
  }

  private CompletableFuture<Tally> ask(
      Xid xid, Set<Site> members, Set<Site> silent, @Nullable BranchState state, long epoch) {
    return all(members, site -> ask(new RoundQuestion(xid, here, site, state, epoch)))
        .thenCompose(
            answers -> {
              Map<Site, Standing> standings = standings(answers);
              Set<Site> unheard = new HashSet<>(members);
              unheard.removeAll(standings.keySet());
              Set<Site> allSilent = new HashSet<>(silent);
              allSilent.addAll(unheard);
              return unheard.isEmpty() || standings.isEmpty()
                  ? CompletableFuture.completedFuture(new Tally(standings, allSilent))
                  : ask(xid, standings.keySet(), allSilent, state, epoch);
            });
  }

  private CompletableFuture<MemberAnswer> ask(RoundQuestion question) {
    return here.answersFor(question.addressee())
        ? CompletableFuture.completedFuture(own.answer(question))
        : peers.ask(question, limit);
  }

  static CompletableFuture<Map<Site, MemberAnswer>> all(
      Collection<Site> members, Function<Site, CompletableFuture<MemberAnswer>> send) {
    Map<Site, CompletableFuture<MemberAnswer>> sent = new TreeMap<>();
    members.stream().sorted().forEach(site -> sent.put(site, send.apply(site)));
    return CompletableFuture.allOf(sent.values().toArray(CompletableFuture<?>[]::new))
        .thenApply(
            done -> {
              Map<Site, MemberAnswer> answers = new TreeMap<>();
              sent.forEach((site, answer) -> answers.put(site, answer.join()));
              return answers;
            });
  }

  static Map<Site, Standing> standings(Map<Site, MemberAnswer> answers) {
    Map<Site, Standing> standings = new TreeMap<>();
    answers.forEach(
        (site, answer) -> answer.standing().ifPresent(standing -> standings.put(site, standing)));
    return standings;
  }
}
