package io.tcc.testing;

import java.util.Optional;
import org.opentest4j.TestAbortedException;

/**
 * The kinds of database the library is tested on. Each kind runs at most once per JVM: it starts
 * when a test first asks for it and ends with the JVM.
 *
 * <p>A kind that cannot run here (another operating system or processor) skips its tests and says
 * why. The system property {@code tcc.test.databases} (or the environment variable {@code
 * TCC_TEST_DATABASES}) narrows the set, for example to {@code h2,postgresql}; it is also a promise:
 * a kind which is named there and cannot run fails its tests instead of skipping them.
 */
public enum TestDatabase {
  H2(new H2Engine()),
  POSTGRESQL(new PostgresServer()),
  MARIADB(new MariaDbServer());

  private final DatabaseSource source;

  TestDatabase(DatabaseSource source) {
    this.source = source;
  }

  /**
   * A new, empty database that no other test sees; its owner closes it.
   *
   * @throws TestAbortedException if this kind cannot run here, or was not chosen: the test counts
   *     as skipped, with the reason
   */
  public Database create() {
    return open(false);
  }

  /**
   * As {@link #create()}, and other processes can connect to it, and what was committed survives
   * the death of any of them: H2 puts it into a file here; a server's database is always of this
   * sort.
   */
  public Database createDurable() {
    return open(true);
  }

  /** Whether a server process serves this kind, which can therefore be killed. */
  public boolean hasServer() {
    return source instanceof DatabaseServer;
  }

  /**
   * Ends the server and all its processes by SIGKILL. Every database of this kind is unreachable
   * until {@link #restartServer()}.
   *
   * @throws UnsupportedOperationException if this kind has no server
   */
  public void killServer() {
    server().kill();
  }

  /**
   * Starts a killed server again, on the same data and the same port; returns when it answers.
   * Pools have thrown their dead connections away by then.
   *
   * @throws UnsupportedOperationException if this kind has no server
   */
  public void restartServer() {
    server().restart();
  }

  /** Why tests on this kind are skipped here, or nothing if they run. */
  Optional<String> reasonToSkip() {
    if (!ChosenDatabases.includes(this)) {
      return Optional.of(this + " is not among " + ChosenDatabases.text());
    }
    Optional<String> obstacle =
        source.obstacle().map(reason -> this + " cannot run here: " + reason);
    if (obstacle.isPresent() && ChosenDatabases.demands(this)) {
      throw new IllegalStateException(
          obstacle.get() + ", but " + ChosenDatabases.text() + " demands it");
    }
    return obstacle;
  }

  private Database open(boolean durable) {
    reasonToSkip()
        .ifPresent(
            reason -> {
              throw new TestAbortedException(reason);
            });
    return source.create(this, durable);
  }

  private DatabaseServer server() {
    if (source instanceof DatabaseServer server) {
      return server;
    }
    throw new UnsupportedOperationException(this + " has no server: it lives in this JVM");
  }
}
