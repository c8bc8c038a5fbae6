package io.tcc.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import io.tcc.testing.EveryDatabase;
import io.tcc.testing.TestDatabase;
import io.tcc.transaction.GlobalTransactionInDoubtException;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;

/**
 * Everything that can go wrong once, at every step of transactions whose branches databases
 * prepare: the process dies before or after each durable write, each prepare and each end of what
 * is prepared among them, the answer to it is lost, the sender or the receiver of each message
 * dies, the message is lost. Then the dead return, recovery runs, and plain SQL says whether all
 * ended well, nothing is left prepared anywhere, and no pool lost a connection.
 *
 * <p>One in five of the faults; with {@code -Dtcc.crash.every=1} all of them.
 *
 * <p>H2 lives in the process: none of its answers is lost, and a process does not die without it.
 * There only messages are lost; what a death leaves is in {@code DatabaseBranchesH2Test}.
 */
class TwoPhaseCrashEnumerationTest {

  private static final int EVERY = Integer.getInteger("tcc.crash.every", 5);

  private record Story(String name, Consumer<Databases> body, Map<String, Integer> taken) {}

  private static final List<Story> STORIES =
      List.of(
          new Story(
              "two databases",
              all -> all.orders().buy(all.orders()::twoDatabases),
              Map.of("order/bank", 1, "order/stock", 1)),
          new Story(
              "a reservation here, and a database",
              all ->
                  all.orders()
                      .buy(
                          () -> {
                            all.accounts().reserve("a", BigDecimal.ONE);
                            all.till().take();
                          }),
              Map.of("order/account", 1, "order/bank", 1)),
          new Story(
              "the log's database and another",
              all -> all.orders().buy(all.orders()::logAndBank),
              Map.of("order/log", 1, "order/bank", 1)),
          new Story(
              "two services, and a reservation",
              all ->
                  all.orders()
                      .buy(
                          () -> {
                            all.till().take();
                            all.orders().callIntoItsLog();
                            all.orders().reserveThere();
                          }),
              Map.of("order/bank", 1, "inventory/log", 1, "inventory/account", 1)),
          new Story(
              "fails when all is prepared",
              all ->
                  all.orders()
                      .buy(
                          () -> {
                            all.shelf().takeFromLog();
                            all.till().take();
                            all.orders().call();
                            throw new IllegalStateException("business failure");
                          }),
              Map.of()));

  @EveryDatabase
  void whateverGoesWrongAllDatabasesEndAlike(TestDatabase kind) {
    List<String> failures = new ArrayList<>();
    int faults = 0;
    int possible = 0;
    try (Databases all = new Databases(kind)) {
      for (Story story : STORIES) {
        Crash clean = Crash.none();
        failures.addAll(run(all, story, clean));
        for (Crash crash : clean.each()) {
          if (kind == TestDatabase.H2 && !crash.losesAMessage()) {
            continue;
          }
          if (possible++ % EVERY != 0) {
            continue;
          }
          failures.addAll(run(all, story, crash));
          if (!crash.hasHappened()) {
            failures.add(story.name() + ", " + crash + ": never happened");
          }
          faults++;
        }
      }
    }
    System.out.printf(
        "Crash enumeration of two-phase commit on %s: %d of %d faults: %d violations%n",
        kind, faults, possible, failures.size());
    assertThat(failures).isEmpty();
    assertThat(possible).isGreaterThan(kind == TestDatabase.H2 ? 8 : 100);
  }

  private static List<String> run(Databases all, Story story, Crash crash) {
    all.reset();
    all.expose(crash);
    Throwable thrown = null;
    try {
      story.body().accept(all);
    } catch (Throwable e) {
      thrown = e;
    }
    boolean told = !all.node("order").isDead();
    all.expose(Crash.none());
    all.settle();
    List<String> found = new ArrayList<>(all.violations());
    found.addAll(all.damagedPools());
    Map<String, Integer> taken = all.taken();
    if (!taken.isEmpty() && !taken.equals(story.taken())) {
      found.add("half outcome: " + taken);
    }
    if (told && thrown == null && !taken.equals(story.taken())) {
      found.add("told OK, and it is aborted");
    }
    if (told
        && thrown != null
        && !(thrown instanceof GlobalTransactionInDoubtException)
        && !taken.isEmpty()) {
      found.add("told that it is aborted, and it is committed: " + thrown);
    }
    return found.stream().map(f -> story.name() + ", " + crash + ": " + f).toList();
  }
}
