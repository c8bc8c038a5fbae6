package io.tcc.transaction;

import static java.util.stream.Collectors.joining;
import static java.util.stream.Collectors.toCollection;

import java.util.Arrays;
import java.util.Collection;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * A site and the call paths under which it holds, or may hold, branches of one transaction. Written
 * the same way in headers and in the decision row: {@code
 * inventory@4f2a…=1,2.1;warehouse@91c0…=1.1}.
 */
public record Enlistment(Site site, SortedSet<CallPath> paths) {

  public Enlistment {
    if (paths.isEmpty()) {
      throw new IllegalArgumentException("An enlistment names at least one call path: " + site);
    }
    paths = Collections.unmodifiableSortedSet(new TreeSet<>(paths));
  }

  /** Merges enlistments so that each site occurs once; sites in their natural order. */
  public static List<Enlistment> merge(Collection<Enlistment> enlistments) {
    Map<Site, SortedSet<CallPath>> bySite = new TreeMap<>();
    for (Enlistment each : enlistments) {
      bySite.computeIfAbsent(each.site(), s -> new TreeSet<>()).addAll(each.paths());
    }
    return bySite.entrySet().stream().map(e -> new Enlistment(e.getKey(), e.getValue())).toList();
  }

  /** The text of a list of enlistments; empty for none. */
  public static String write(Collection<Enlistment> enlistments) {
    return enlistments.stream().map(Enlistment::toString).collect(joining(";"));
  }

  /**
   * Reads what {@link #write} wrote.
   *
   * @throws IllegalArgumentException if the text is not of that form
   */
  public static List<Enlistment> read(String text) {
    return text.isEmpty()
        ? List.of()
        : Arrays.stream(text.split(";", -1)).map(Enlistment::parse).toList();
  }

  private static Enlistment parse(String text) {
    int equals = text.indexOf('=');
    if (equals < 0) {
      throw new IllegalArgumentException(
          "An enlistment is like inventory@4f2a=1,2.1, this is not: " + Abridged.text(text, 80));
    }
    return new Enlistment(
        Site.parse(text.substring(0, equals)),
        Arrays.stream(text.substring(equals + 1).split(",", -1))
            .map(CallPath::new)
            .collect(toCollection(TreeSet::new)));
  }

  @Override
  public String toString() {
    return site + "=" + paths.stream().map(CallPath::value).collect(joining(","));
  }
}
