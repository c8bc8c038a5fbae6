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
 * inventory@4f2a…=1,2.1;warehouse@91c0…=1.1+}, where {@code +} stands for {@code inRounds}.
 *
 * @param inRounds whether branches there need rounds between the work and the decision (3PC)
 */
public record Enlistment(Site site, SortedSet<CallPath> paths, boolean inRounds) {

  private static final String IN_ROUNDS = "+";

  public Enlistment {
    if (paths.isEmpty()) {
      throw new IllegalArgumentException("An enlistment names at least one call path: " + site);
    }
    paths = Collections.unmodifiableSortedSet(new TreeSet<>(paths));
  }

  /** Of branches that need no rounds. */
  public Enlistment(Site site, SortedSet<CallPath> paths) {
    this(site, paths, false);
  }

  /** Merges enlistments so that each site occurs once; sites in their natural order. */
  public static List<Enlistment> merge(Collection<Enlistment> enlistments) {
    Map<Site, Enlistment> bySite = new TreeMap<>();
    for (Enlistment each : enlistments) {
      bySite.merge(each.site(), each, Enlistment::and);
    }
    return List.copyOf(bySite.values());
  }

  private Enlistment and(Enlistment other) {
    SortedSet<CallPath> all = new TreeSet<>(paths);
    all.addAll(other.paths);
    return new Enlistment(site, all, inRounds || other.inRounds);
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
    boolean inRounds = text.endsWith(IN_ROUNDS);
    String paths = text.substring(equals + 1, text.length() - (inRounds ? 1 : 0));
    return new Enlistment(
        Site.parse(text.substring(0, equals)),
        Arrays.stream(paths.split(",", -1)).map(CallPath::new).collect(toCollection(TreeSet::new)),
        inRounds);
  }

  @Override
  public String toString() {
    return site
        + "="
        + paths.stream().map(CallPath::value).collect(joining(","))
        + (inRounds ? IN_ROUNDS : "");
  }
}
