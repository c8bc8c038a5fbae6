package io.tcc.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import io.tcc.testing.EveryDatabase;
import io.tcc.testing.TestDatabase;
import io.tcc.transaction.GlobalTransactionInDoubtException;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Consumer;

/**
 * As {@link CrashEnumerationTest}, for 3PC: everything that can go wrong once, at every step. On a
 * database that is a process of its own only every n-th of them, {@code -Dtcc.crash.three-phase=n},
 * each time the same ones.
 */
class ThreePhaseCrashEnumerationTest {

  private static final BigDecimal AMOUNT = new BigDecimal("10.00");

  /** On H2 all faults happen; elsewhere one of so many. */
  private static final int EVERY = Integer.getInteger("tcc.crash.three-phase", 7);

  private record Trip(String name, Consumer<Voyage> body, Map<String, Integer> spent) {}

  private static final List<Trip> TRIPS =
      List.of(
          new Trip("two", Voyage::two, Map.of("train", 1, "ship", 1)),
          new Trip("mixed", Voyage::mixed, Map.of("office", 2, "train", 2)),
          new Trip("fails", Voyage::fails, Map.of()));

  @EveryDatabase
  void whateverGoesWrongOnceAllBranchesEndAlike(TestDatabase kind) {
    List<String> failures = new ArrayList<>();
    int every = kind == TestDatabase.H2 ? 1 : EVERY;
    int possible = 0;
    int faults = 0;
    try (Cluster cluster = new Cluster()) {
      cluster.add("office", kind, Accounts.class, Seats.class, Voyage.class);
      cluster.add("train", kind, Accounts.class, Seats.class);
      cluster.add("ship", kind, Accounts.class, Seats.class);
      for (Trip trip : TRIPS) {
        Crash clean = Crash.none();
        failures.addAll(run(cluster, trip, clean));
        for (Crash crash : clean.each()) {
          if (possible++ % every != 0) {
            continue;
          }
          failures.addAll(run(cluster, trip, crash));
          if (!crash.hasHappened()) {
            failures.add(trip.name() + ", " + crash + ": never happened");
          }
          faults++;
        }
      }
    }
    System.out.printf(
        "Crash enumeration of 3PC on %s: %d of %d faults, %d violations%n",
        kind, faults, possible, failures.size());
    assertThat(failures).isEmpty();
    assertThat(possible).isGreaterThan(100);
    assertThat(faults).isPositive();
  }

  private static List<String> run(Cluster cluster, Trip trip, Crash crash) {
    cluster.reset(AMOUNT);
    cluster.expose(crash);
    Throwable thrown = null;
    try {
      trip.body().accept(cluster.node("office").bean(Voyage.class));
    } catch (Throwable e) {
      thrown = e;
    }
    boolean told = !cluster.node("office").isDead();
    cluster.expose(Crash.none());
    cluster.settle();
    List<String> found = new ArrayList<>(cluster.violations(AMOUNT));
    Map<String, Integer> spent = new TreeMap<>();
    cluster
        .services()
        .forEach(
            service -> {
              int units =
                  cluster
                      .sql(service)
                      .queryForObject("select sum(spent) from account", BigDecimal.class)
                      .intValue();
              if (units != 0) {
                spent.put(service, units);
              }
            });
    if (!spent.isEmpty() && !spent.equals(trip.spent())) {
      found.add("half outcome: " + spent);
    }
    if (told && thrown == null && spent.isEmpty()) {
      found.add("the caller was told OK, and it is aborted");
    }
    if (told
        && thrown != null
        && !(thrown instanceof GlobalTransactionInDoubtException)
        && !spent.isEmpty()) {
      found.add("the caller was told that it is aborted, and it is committed");
    }
    return found.stream().map(f -> trip.name() + ", " + crash + ": " + f).toList();
  }
}
