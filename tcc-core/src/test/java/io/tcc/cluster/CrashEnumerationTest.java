package io.tcc.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import io.tcc.testing.EveryDatabase;
import io.tcc.testing.TestDatabase;
import io.tcc.transaction.GlobalTransactionInDoubtException;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.List;

/**
 * Everything that can go wrong once, at every step of each {@link Story}: the process dies before
 * or after each durable write, the answer to a commit is lost, the sender or the receiver of each
 * message dies, the message is lost. Then the dead return, recovery runs, and plain SQL says
 * whether all ended well. A step that is new in the code is found by itself, because the steps are
 * those that a run without faults takes.
 *
 * <p>With {@code -Dtcc.crash.twice=n}, every n-th of these runs is followed by everything that can
 * go wrong once in its recovery. A build takes everything on H2 and every fifth fault elsewhere;
 * {@code -Dtcc.crash.every=1} takes all of them everywhere.
 */
class CrashEnumerationTest {

  private static final BigDecimal AMOUNT = new BigDecimal("10.00");

  /** How many of the first faults are followed by a second one: one of so many; 0 for none. */
  private static final int TWICE = Integer.getInteger("tcc.crash.twice", 40);

  /** One fault of so many is let happen where a database is slow. */
  private static final int EVERY = Integer.getInteger("tcc.crash.every", 5);

  @EveryDatabase
  void whateverGoesWrongAllBranchesEndAlike(TestDatabase kind) {
    List<String> failures = new ArrayList<>();
    int every = kind == TestDatabase.H2 ? 1 : EVERY;
    int found = 0;
    int once = 0;
    int twice = 0;
    try (Cluster cluster = new Cluster()) {
      cluster.add("order", kind, Accounts.class, Payments.class, Vaults.class, Shop.class);
      cluster.add("inventory", kind, Accounts.class, Vaults.class);
      cluster.add("warehouse", kind, Accounts.class);
      for (Story story : Story.ALL) {
        Crash clean = Crash.none();
        failures.addAll(run(cluster, story, clean, Crash.none()));
        for (Crash first : clean.each()) {
          if (found++ % every != 0) {
            continue;
          }
          Crash recovery = Crash.none();
          failures.addAll(run(cluster, story, first, recovery));
          if (!first.hasHappened()) {
            failures.add(story.name() + ", " + first + ": never happened");
          }
          once++;
          if (TWICE > 0 && once % TWICE == 0) {
            for (Crash second : recovery.each()) {
              failures.addAll(run(cluster, story, first.again(), second));
              twice++;
            }
          }
        }
      }
    }
    System.out.printf(
        "Crash enumeration on %s: %d faults, %d of them followed by a fault in recovery: %d"
            + " violations%n",
        kind, once, twice, failures.size());
    assertThat(failures).isEmpty();
    assertThat(found).isGreaterThan(250);
    assertThat(twice).isPositive();
  }

  private static List<String> run(Cluster cluster, Story story, Crash first, Crash inRecovery) {
    cluster.reset(AMOUNT);
    cluster.expose(first);
    Throwable thrown = null;
    try {
      story.body().accept(cluster.node("order").bean(Shop.class));
    } catch (Throwable e) {
      thrown = e;
    }
    boolean told = !cluster.node("order").isDead();
    cluster.expose(inRecovery);
    cluster.settle();
    cluster.expose(Crash.none());
    cluster.settle();
    List<String> found = new ArrayList<>(cluster.violations(AMOUNT));
    found.addAll(
        story.violations(
            cluster,
            told && thrown == null,
            told && thrown != null && !(thrown instanceof GlobalTransactionInDoubtException)));
    return found.stream()
        .map(f -> story.name() + ", " + first + ", then " + inRecovery + ": " + f)
        .toList();
  }
}
