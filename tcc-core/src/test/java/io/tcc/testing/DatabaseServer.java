package io.tcc.testing;

import io.tcc.testing.Database.Address;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.springframework.util.FileSystemUtils;

/**
 * One database server for the whole JVM.
 *
 * <ol>
 *   <li>Unpack its programs from the class path, once for all modules and runs, and see that they
 *       run on this machine.
 *   <li>Make a fresh data folder, named by the id of this JVM's process.
 *   <li>Serve it on a free port of the loopback interface; wait until the server answers.
 *   <li>Create databases and take them back. What is as new after a clean-up goes to the next owner
 *       under another name, where creating one is expensive.
 *   <li>Kill it when a test says so, serve the same data on the same port again.
 *   <li>Stop it and delete the data when the JVM ends. What a killed JVM left behind is removed by
 *       the next one.
 * </ol>
 */
abstract non-sealed class DatabaseServer implements DatabaseSource {

  private static final Duration ANSWERS_WITHIN = Duration.ofSeconds(120);
  private static final Duration BETWEEN_LOOKS = Duration.ofMillis(20);

  private final String name;
  private final Path home = home();
  private final Path folder;
  private final Map<String, Database> databases = new HashMap<>();
  private final Deque<String> spares = new ArrayDeque<>();
  private @Nullable Optional<String> obstacle;
  private @Nullable Path programs;
  private @Nullable ServerProcess process;
  private int port;
  private int created;

  DatabaseServer(String name) {
    this.name = name;
    this.folder = home.resolve(name + "-" + ProcessHandle.current().pid());
  }

  /** What can be said against this machine before anything is unpacked. */
  abstract Optional<String> platformObstacle();

  /** Tells the programs on the class path from those of another version. */
  abstract String version() throws IOException;

  /** Unpacks the programs from the class path into a new folder. */
  abstract void unpack(Path programs) throws IOException;

  /** A command that succeeds if the programs run here. */
  abstract List<String> probe(Path programs);

  /** What the programs need to find in their environment. */
  abstract Map<String, String> environment(Path programs);

  /** Fills the empty data folder. */
  abstract void initialize(Path programs, Path data) throws IOException;

  /** The command that serves the data folder on the port and stays in the foreground. */
  abstract List<String> serve(Path programs, Path data, int port);

  /** Ends the server; its data is not needed any more. */
  abstract void stop(Path programs, Path data, ServerProcess process) throws IOException;

  /** The address of a database or, without one, of the server. */
  abstract Address address(int port, Optional<String> database);

  /**
   * Ends whatever still goes on in the database of the statement, and empties it if that is worth
   * it.
   *
   * @param alone whether no other database of the server is in use
   * @return whether it is as new
   */
  abstract boolean clear(Statement statement, boolean alone) throws SQLException;

  /** Moves a spare database to its new name. */
  abstract String rename(String spare, String name);

  @Override
  public final synchronized Optional<String> obstacle() {
    if (obstacle == null) {
      obstacle = platformObstacle().or(this::obstacleOfPrograms);
    }
    return obstacle;
  }

  @Override
  public final synchronized Database create(TestDatabase kind, boolean durable) {
    ensureRunning();
    String database = "tcc_" + ++created;
    String spare = spares.poll();
    try (Connection connection = connect(Optional.empty());
        Statement statement = connection.createStatement()) {
      statement.execute(spare == null ? "CREATE DATABASE " + database : rename(spare, database));
    } catch (SQLException e) {
      throw new IllegalStateException("%s cannot create a database".formatted(name), e);
    }
    Address address = address(port, Optional.of(database));
    Database result = new Database(kind, address, () -> takeBack(database));
    databases.put(database, result);
    return result;
  }

  final synchronized void kill() {
    if (process == null || !process.isAlive()) {
      throw new IllegalStateException(name + " does not run");
    }
    process.kill();
  }

  final synchronized void restart() {
    if (process == null || process.isAlive()) {
      throw new IllegalStateException(name + " was not killed");
    }
    startAgain();
  }

  private synchronized void takeBack(String database) {
    databases.remove(database);
    if (process == null || !process.isAlive()) {
      return; // It goes with the data folder.
    }
    try (Connection inside = connect(Optional.of(database));
        Statement statement = inside.createStatement()) {
      if (clear(statement, databases.isEmpty())) {
        spares.add(database);
        return;
      }
    } catch (SQLException e) {
      throw new IllegalStateException("%s cannot clear %s".formatted(name, database), e);
    }
    try (Connection outside = connect(Optional.empty());
        Statement statement = outside.createStatement()) {
      statement.execute("DROP DATABASE " + database);
    } catch (SQLException e) {
      throw new IllegalStateException("%s cannot drop %s".formatted(name, database), e);
    }
  }

  private Optional<String> obstacleOfPrograms() {
    try {
      programs = unpackOnce();
    } catch (IOException e) {
      throw new UncheckedIOException("cannot unpack " + name, e);
    }
    try {
      ServerProcess.run(probe(programs), environment(programs), Optional.empty());
      return Optional.empty();
    } catch (IOException e) {
      return Optional.of(String.valueOf(e.getMessage()));
    }
  }

  private Path unpackOnce() throws IOException {
    Path unpacked = home.resolve(name + "-" + version());
    if (Files.exists(unpacked)) {
      return unpacked;
    }
    Files.createDirectories(home);
    Path halfWay = Files.createTempDirectory(home, name + "-unpacking");
    unpack(halfWay);
    try {
      Files.move(halfWay, unpacked, StandardCopyOption.ATOMIC_MOVE);
    } catch (FileSystemException e) {
      // Linux says "directory not empty" without a type of its own.
      boolean anotherJvmWasFaster = Files.exists(unpacked);
      FileSystemUtils.deleteRecursively(halfWay);
      if (!anotherJvmWasFaster) {
        throw e;
      }
    }
    return unpacked;
  }

  private void ensureRunning() {
    if (process == null) {
      install();
      start(false);
    } else if (!process.isAlive()) {
      startAgain();
    }
  }

  private void startAgain() {
    start(true);
    databases.values().forEach(Database::forgetConnections);
  }

  private void install() {
    try {
      removeWhatKilledRunsLeft();
      FileSystemUtils.deleteRecursively(folder);
      initialize(programs, Files.createDirectories(data()));
    } catch (IOException e) {
      throw new UncheckedIOException("cannot initialize " + name, e);
    }
    port = Ports.free();
    Runtime.getRuntime().addShutdownHook(new Thread(this::stopAndDelete, name + "-stop"));
  }

  /**
   * @param again whether it was killed: then its children may hold the data for a moment still, and
   *     it is started until it stays
   */
  private void start(boolean again) {
    long deadline = System.nanoTime() + ANSWERS_WITHIN.toNanos();
    try {
      process = launch();
      while (!answers()) {
        boolean ended = process.ends(BETWEEN_LOOKS);
        if (System.nanoTime() > deadline || (ended && !again)) {
          throw new IllegalStateException("%s does not start: %s".formatted(name, process.log()));
        }
        if (ended) {
          process = launch();
        }
      }
    } catch (IOException e) {
      throw new UncheckedIOException("cannot start " + name, e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted while " + name + " started", e);
    }
  }

  private ServerProcess launch() throws IOException {
    return ServerProcess.start(
        serve(programs, data(), port), environment(programs), folder.resolve("server.log"));
  }

  private boolean answers() {
    try (Connection connection = connect(Optional.empty())) {
      return connection.isValid(1);
    } catch (SQLException notYet) {
      return false;
    }
  }

  private Connection connect(Optional<String> database) throws SQLException {
    Address address = address(port, database);
    return DriverManager.getConnection(address.jdbcUrl(), address.user(), address.password());
  }

  private void stopAndDelete() {
    try {
      if (process != null && process.isAlive()) {
        stop(programs, data(), process);
      }
      FileSystemUtils.deleteRecursively(folder);
    } catch (IOException e) {
      throw new UncheckedIOException("cannot remove " + folder, e);
    }
  }

  private void removeWhatKilledRunsLeft() throws IOException {
    List<Path> orphans = new ArrayList<>();
    try (var siblings = Files.newDirectoryStream(home, name + "-*")) {
      for (Path sibling : siblings) {
        if (Files.isDirectory(sibling.resolve("data")) && !ownerIsAlive(sibling)) {
          orphans.add(sibling);
        }
      }
    }
    for (Path orphan : orphans) {
      ServerProcess.killOrphans(orphan);
      FileSystemUtils.deleteRecursively(orphan);
    }
  }

  private boolean ownerIsAlive(Path sibling) {
    String id = sibling.getFileName().toString().substring(name.length() + 1);
    return ProcessHandle.of(Long.parseLong(id)).isPresent();
  }

  private Path data() {
    return folder.resolve("data");
  }

  /** The modules of a build share the unpacked programs. */
  private static Path home() {
    Path here = Path.of("").toAbsolutePath();
    Path parent = here.getParent();
    boolean module = parent != null && Files.exists(parent.resolve("pom.xml"));
    return (module ? parent : here).resolve("target").resolve("databases");
  }
}
