package io.tcc.testing;

import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;
import org.opentest4j.TestAbortedException;
import org.slf4j.LoggerFactory;

/**
 * The kinds of database the library is tested on. Each kind runs at most once per JVM: it starts
 * when a test first asks for it and ends with the JVM.
 *
 * <p>A kind that cannot run here (another operating system or processor) skips its tests and says
 * why. The system property {@code tcc.test.databases} (or the environment variable {@code
 * TCC_TEST_DATABASES}) narrows the set, for example to {@code h2,postgresql}; it is also a promise:
 * a kind that is named there and cannot run fails its tests instead of skipping them.
 */
public enum TestDatabase {
  /** In the memory of this JVM. */
  H2(new H2Engine()),
  /** A server whose acknowledged commits are on the disk. */
  POSTGRESQL(new PostgresServer()),
  /** A server whose acknowledged commits are on the disk. */
  MARIADB(new MariaDbServer());

  private final DatabaseSource source;
  private final AtomicBoolean reasonTold = new AtomicBoolean();

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
    return create(false);
  }

  /**
   * As {@link #create()}; besides, other processes can connect to it, and what was committed
   * survives the death of any of them. H2 keeps such a database in a file; on a server all are of
   * this sort.
   */
  public Database createDurable() {
    return create(true);
  }

  /** Whether a server process serves this kind, which can therefore be killed. */
  public boolean hasServer() {
    return source instanceof DatabaseServer;
  }

  /**
   * Ends the server and all its processes by SIGKILL. All databases of this kind are unreachable
   * until {@link #restartServer()}; creating one starts it again as well.
   *
   * @throws UnsupportedOperationException if this kind has no server
   * @throws IllegalStateException if it does not run
   */
  public void killServer() {
    server().kill();
  }

  /**
   * Starts a killed server again, on the same data and the same port; returns when it answers and
   * the pools of its databases have replaced their dead connections.
   *
   * @throws UnsupportedOperationException if this kind has no server
   * @throws IllegalStateException if it was not killed
   */
  public void restartServer() {
    server().restart();
  }

  /** Why tests on this kind are skipped, or nothing if they run. */
  Optional<String> reasonToSkip() {
    Optional<String> reason = ChosenDatabases.ofThisRun().reasonToSkip(this, source::obstacle);
    if (reason.isPresent() && reasonTold.compareAndSet(false, true)) {
      LoggerFactory.getLogger(TestDatabase.class).warn("Skipping tests: {}", reason.get());
    }
    return reason;
  }

  private Database create(boolean durable) {
    Optional<String> reason = reasonToSkip();
    if (reason.isPresent()) {
      throw new TestAbortedException(reason.get());
    }
    return source.create(this, durable);
  }

  private DatabaseServer server() {
    if (source instanceof DatabaseServer server) {
      return server;
    }
    throw new UnsupportedOperationException(this + " has no server: it lives in this JVM");
  }
}
