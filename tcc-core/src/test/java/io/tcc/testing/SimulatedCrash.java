package io.tcc.testing;

import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import javax.sql.DataSource;

/**
 * The death of a process at one of its durable commits, on all its data sources at once. What the
 * dead process had not committed is rolled back; whatever it still tries to do on them fails; who
 * comes after it uses other data sources on the same databases.
 *
 * <pre>{@code
 * for (SimulatedCrash crash : SimulatedCrash.atEach(3)) {
 *   DataSource dying = crash.of(database.dataSource());
 *   crash.during(() -> purchase(dying));
 *   recover(database.dataSource());
 *   // all or nothing?
 * }
 * }</pre>
 *
 * <p>Code of the dead process runs on until it next needs a database: what it does elsewhere
 * meanwhile (a message, a call) is not undone.
 */
public final class SimulatedCrash {

  private enum Moment {
    BEFORE,
    AFTER
  }

  private final Moment moment;
  private final int number;
  private final AtomicInteger reached = new AtomicInteger();
  private final AtomicReference<Commit> last = new AtomicReference<>();
  private final List<CountingDataSource> dataSources = new CopyOnWriteArrayList<>();
  private volatile boolean happened;

  private SimulatedCrash(Moment moment, int number) {
    if (number < 1) {
      throw new IllegalArgumentException("commits are counted from 1, not from " + number);
    }
    this.moment = moment;
    this.number = number;
  }

  /** Nothing of the commit is durable. */
  public static SimulatedCrash beforeCommit(int number) {
    return new SimulatedCrash(Moment.BEFORE, number);
  }

  /** The commit is durable, and the process never learns it. */
  public static SimulatedCrash afterCommit(int number) {
    return new SimulatedCrash(Moment.AFTER, number);
  }

  /** Every crash there can be in work that commits durably so many times: before and after each. */
  public static List<SimulatedCrash> atEach(int commits) {
    return IntStream.rangeClosed(1, commits)
        .boxed()
        .flatMap(number -> Stream.of(beforeCommit(number), afterCommit(number)))
        .toList();
  }

  /** A data source of the process that is going to die; their commits are counted together. */
  public CountingDataSource of(DataSource target) {
    CountingDataSource dataSource = new CountingDataSource(target, new Trigger());
    dataSources.add(dataSource);
    return dataSource;
  }

  /**
   * Runs the work until the process dies in it. Whatever it throws after its death is dropped; what
   * it throws without dying is thrown on.
   *
   * @throws AssertionError if the work ended alive: with the commits that it made
   */
  public void during(Work work) throws Exception {
    try {
      work.run();
    } catch (Throwable failure) {
      if (!happened) {
        throw failure;
      }
    }
    if (!happened) {
      throw new AssertionError(this + " did not happen: " + dataSources);
    }
  }

  /** Whether the process is dead. */
  public boolean hasHappened() {
    return happened;
  }

  @Override
  public String toString() {
    return "crash %s durable commit %d".formatted(moment.name().toLowerCase(), number);
  }

  /** What the process does. */
  @FunctionalInterface
  public interface Work {

    /** Does it, or fails as it likes. */
    void run() throws Exception;
  }

  /** Thrown where the process dies. An error, so that nobody handles it who does not handle all. */
  public static final class Death extends Error {

    private static final long serialVersionUID = 1;

    Death(String message) {
      super(message);
    }
  }

  private final class Trigger implements CommitListener {

    @Override
    public void beforeCommit(Commit commit) {
      if (reached.incrementAndGet() == number) {
        last.set(commit);
        if (moment == Moment.BEFORE) {
          die(commit);
        }
      }
    }

    @Override
    public void afterCommit(Commit commit) {
      if (last.get() == commit) {
        die(commit);
      }
    }

    private void die(Commit commit) {
      happened = true;
      dataSources.forEach(CountingDataSource::crash);
      throw new Death("%s (%s)".formatted(SimulatedCrash.this, commit));
    }
  }
}
