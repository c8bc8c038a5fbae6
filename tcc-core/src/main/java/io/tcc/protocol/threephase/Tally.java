package io.tcc.protocol.threephase;

import io.tcc.transaction.BranchState;
import io.tcc.transaction.Member.Asked;
import io.tcc.transaction.Member.Standing;
import io.tcc.transaction.Site;
import java.util.Collection;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * What a round has found.
 *
 * @param standings where those stand who answered, after everybody in {@code silent} had fallen
 *     silent
 * @param silent who did not answer
 */
record Tally(Map<Site, Standing> standings, Set<Site> silent) {

  Tally {
    standings = Map.copyOf(standings);
    silent = Set.copyOf(silent);
  }

  boolean anybody(BranchState state) {
    return standings.values().stream().anyMatch(each -> each.is(state));
  }

  boolean everybody(BranchState state) {
    return silent.isEmpty() && standings.values().stream().allMatch(each -> each.is(state));
  }

  boolean everybodyWhoAnswered(BranchState state) {
    return !standings.isEmpty() && standings.values().stream().allMatch(each -> each.is(state));
  }

  /** The epoch that no member exceeds. */
  long epoch() {
    return standings.values().stream().mapToLong(Standing::epoch).max().orElse(0);
  }

  /**
   * What a silent member counts as that had asked before it fell silent: READY may have aborted
   * since, PRE_COMMITTED may have committed. Of several who asked the same member the earliest
   * counts, because the later ones were told of it.
   */
  Optional<BranchState> silentAsker() {
    Set<BranchState> counted =
        standings.values().stream()
            .map(each -> each.asked().stream().filter(a -> silent.contains(a.by())).findFirst())
            .flatMap(Optional::stream)
            .map(Asked::state)
            .collect(Collectors.toSet());
    return counted.contains(BranchState.READY)
        ? Optional.of(BranchState.READY)
        : counted.stream().findFirst();
  }

  /** For people. */
  String inWords() {
    return describe(standings.keySet(), "") + describe(silent, "silent: ");
  }

  private String describe(Collection<Site> sites, String prefix) {
    return sites.stream()
        .sorted()
        .map(
            site -> {
              Standing standing = standings.get(site);
              return prefix
                  + site.service()
                  + (standing == null ? "" : " is " + standing.inWords())
                  + "; ";
            })
        .collect(Collectors.joining());
  }
}
