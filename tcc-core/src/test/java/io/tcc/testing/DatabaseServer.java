package io.tcc.testing;

import io.tcc.testing.Database.Address;
import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/**
 * One database server as a child process of this JVM, with everything it has below {@code
 * target/databases}.
 *
 * <ol>
 *   <li>unpack its programs from the class path, once for all runs, and see that they run here
 *   <li>make a fresh data folder for this JVM, named by the JVM's process id
 *   <li>start it on a free port of the loopback interface and wait until it answers
 *   <li>create and drop databases in it; kill it; start it again on the same data and port
 *   <li>stop it when the JVM ends, and delete the data; what a killed JVM left behind is removed by
 *       the next one
 * </ol>
 */
abstract non-sealed class DatabaseServer implements DatabaseSource {

  private static final Path HOME = Path.of("target", "databases").toAbsolutePath();
  private static final Duration ANSWERS_WITHIN = Duration.ofSeconds(60);
  private static final Duration DIES_WITHIN = Duration.ofSeconds(5);
  private static final long POLL_MS = 20;

  private final String name;
  private final Path folder;
  private final Set<Database> databases = new LinkedHashSet<>();
  private @Nullable Optional<String> obstacle;
  private @Nullable Path programs;
  private @Nullable Process process;
  private int port;
  private int created;

  DatabaseServer(String name) {
    this.name = name;
    this.folder = HOME.resolve(name + "-" + ProcessHandle.current().pid());
  }

  /** What can be told about this machine before anything is unpacked. */
  abstract Optional<String> platformObstacle();

  /** Names the version of the programs, so that another version is unpacked beside it. */
  abstract String version() throws IOException;

  /** Unpacks the server's programs from the class path. */
  abstract void unpack(Path programs) throws IOException;

  /** A command that shows that the programs run here. */
  abstract List<String> probe(Path programs);

  /** Fills the empty data folder. */
  abstract void initialize(Path programs, Path data) throws IOException;

  /** The command that serves the data folder on the port, in the foreground. */
  abstract List<String> serve(Path programs, Path data, int port);

  /** Ends a running server whose data nobody needs any more. */
  abstract void stop(Path programs, Path data, Process process) throws IOException;

  /** The address of one database, or of the server's own one. */
  abstract Address address(int port, Optional<String> database);

  /** Statements that drop a database although somebody still uses it. */
  abstract List<String> drop(String database);

  /** The server's libraries, if it must be told where they are. */
  Map<String, String> environment(Path programs) {
    return Map.of();
  }

  @Override
  public final synchronized Optional<String> obstacle() {
    if (obstacle == null) {
      obstacle = platformObstacle().or(this::programsObstacle);
    }
    return obstacle;
  }

  @Override
  public final synchronized Database create(TestDatabase kind, boolean durable) {
    ensureStarted();
    String database = "tcc_" + ++created;
    execute(List.of("CREATE DATABASE " + database));
    Runnable forget = () -> execute(drop(database));
    Database result = new Database(kind, address(port, Optional.of(database)), forget);
    databases.add(result);
    return result;
  }

  /** Ends the server and its children by SIGKILL; returns when they are gone. */
  final synchronized void kill() {
    ensureStarted();
    kill(process);
  }

  /** Serves the same data on the same port again; returns when the server answers. */
  final synchronized void restart() {
    if (process == null || process.isAlive()) {
      throw new IllegalStateException(name + " was not killed");
    }
    start();
    databases.forEach(Database::forgetConnections);
  }

  /** Runs one of the server's programs to its end; says what it printed if it fails. */
  final void run(List<String> command, Path programs, Optional<Path> input) throws IOException {
    Path output = Files.createTempFile(HOME, name, ".out");
    try {
      ProcessBuilder builder =
          new ProcessBuilder(command)
              .redirectErrorStream(true)
              .redirectOutput(output.toFile())
              .redirectInput(input.map(Path::toFile).orElse(new File("/dev/null")));
      builder.environment().putAll(environment(programs));
      int exit = builder.start().waitFor();
      if (exit != 0) {
        throw new IOException(
            "%s ended with %d: %s".formatted(command, exit, Files.readString(output).strip()));
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("interrupted while " + command + " ran", e);
    } finally {
      Files.deleteIfExists(output);
    }
  }

  private Optional<String> programsObstacle() {
    try {
      Files.createDirectories(HOME);
      programs = unpackOnce();
    } catch (IOException e) {
      throw new UncheckedIOException("cannot unpack " + name, e);
    }
    try {
      run(probe(programs), programs, Optional.empty());
      return Optional.empty();
    } catch (IOException e) {
      return Optional.of(String.valueOf(e.getMessage()));
    }
  }

  private Path unpackOnce() throws IOException {
    Path unpacked = HOME.resolve(name + "-" + version());
    if (Files.exists(unpacked)) {
      return unpacked;
    }
    Path halfWay = HOME.resolve(name + "-unpacking-" + ProcessHandle.current().pid());
    delete(halfWay);
    unpack(Files.createDirectories(halfWay));
    try {
      Files.move(halfWay, unpacked, StandardCopyOption.ATOMIC_MOVE);
    } catch (FileAlreadyExistsException
        | java.nio.file.DirectoryNotEmptyException somebodyWasFaster) {
      delete(halfWay);
    }
    return unpacked;
  }

  private void ensureStarted() {
    if (process != null) {
      if (!process.isAlive()) {
        throw new IllegalStateException(name + " was killed and not restarted");
      }
      return;
    }
    try {
      removeWhatKilledRunsLeft();
      delete(folder);
      initialize(programs, Files.createDirectories(folder.resolve("data")));
    } catch (IOException e) {
      throw new UncheckedIOException("cannot initialize " + name, e);
    }
    port = freePort();
    Runtime.getRuntime().addShutdownHook(new Thread(this::stopAndDelete, name + "-stop"));
    start();
  }

  private void start() {
    long deadline = System.nanoTime() + ANSWERS_WITHIN.toNanos();
    try {
      process = launch();
      while (!answers()) {
        if (System.nanoTime() > deadline) {
          throw new IllegalStateException(name + " does not answer: " + log());
        }
        if (process.waitFor(POLL_MS, TimeUnit.MILLISECONDS)) {
          // Children of the killed server may still hold its data for a moment.
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

  private Process launch() throws IOException {
    ProcessBuilder builder =
        new ProcessBuilder(serve(programs, data(), port))
            .redirectErrorStream(true)
            .redirectOutput(ProcessBuilder.Redirect.appendTo(logFile().toFile()))
            .redirectInput(new File("/dev/null"));
    builder.environment().putAll(environment(programs));
    return builder.start();
  }

  private boolean answers() {
    try (Connection connection = connect()) {
      return connection.isValid(1);
    } catch (SQLException notYet) {
      return false;
    }
  }

  private Connection connect() throws SQLException {
    Address server = address(port, Optional.empty());
    return DriverManager.getConnection(server.jdbcUrl(), server.user(), server.password());
  }

  private void execute(List<String> statements) {
    try (Connection connection = connect();
        Statement statement = connection.createStatement()) {
      for (String sql : statements) {
        statement.execute(sql);
      }
    } catch (SQLException e) {
      throw new IllegalStateException("%s refuses %s".formatted(name, statements), e);
    }
  }

  private void stopAndDelete() {
    try {
      if (process != null && process.isAlive()) {
        stop(programs, data(), process);
      }
      delete(folder);
    } catch (IOException e) {
      throw new UncheckedIOException("cannot remove " + folder, e);
    }
  }

  private void removeWhatKilledRunsLeft() throws IOException {
    List<Path> folders = new ArrayList<>();
    try (var siblings = Files.newDirectoryStream(HOME, name + "-*")) {
      for (Path sibling : siblings) {
        if (Files.isDirectory(sibling.resolve("data")) && !ownerIsAlive(sibling)) {
          folders.add(sibling);
        }
      }
    }
    for (Path orphan : folders) {
      ProcessHandle.allProcesses()
          .filter(p -> p.info().commandLine().orElse("").contains(orphan + File.separator))
          .forEach(ProcessHandle::destroyForcibly);
      delete(orphan);
    }
  }

  private boolean ownerIsAlive(Path sibling) {
    String pid = sibling.getFileName().toString().substring(name.length() + 1);
    return ProcessHandle.of(Long.parseLong(pid)).map(ProcessHandle::isAlive).orElse(false);
  }

  private Path data() {
    return folder.resolve("data");
  }

  private Path logFile() {
    return folder.resolve("server.log");
  }

  private String log() throws IOException {
    return Files.readString(logFile());
  }

  static void kill(Process process) {
    List<ProcessHandle> children = process.descendants().toList();
    process.destroyForcibly();
    children.forEach(ProcessHandle::destroyForcibly);
    CompletableFuture<?>[] ends =
        children.stream().map(ProcessHandle::onExit).toArray(CompletableFuture[]::new);
    try {
      process.onExit().get();
      CompletableFuture.allOf(ends).get(DIES_WITHIN.toMillis(), TimeUnit.MILLISECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } catch (TimeoutException | java.util.concurrent.ExecutionException e) {
      throw new IllegalStateException("processes survive SIGKILL: " + children, e);
    }
  }

  /** Below the range from which the system takes ports for outgoing connections. */
  private static int freePort() {
    for (int attempt = 0; attempt < 1_000; attempt++) {
      int candidate = ThreadLocalRandom.current().nextInt(20_000, 32_000);
      try (ServerSocket socket = new ServerSocket(candidate, 1, InetAddress.getLoopbackAddress())) {
        return socket.getLocalPort();
      } catch (IOException taken) {
        continue;
      }
    }
    throw new IllegalStateException("no free port between 20000 and 32000");
  }

  private static void delete(Path folder) throws IOException {
    if (Files.notExists(folder)) {
      return;
    }
    Files.walkFileTree(
        folder,
        new SimpleFileVisitor<>() {
          @Override
          public FileVisitResult visitFile(Path file, BasicFileAttributes attributes)
              throws IOException {
            Files.deleteIfExists(file);
            return FileVisitResult.CONTINUE;
          }

          @Override
          public FileVisitResult visitFileFailed(Path file, IOException e) throws IOException {
            if (e instanceof NoSuchFileException) {
              return FileVisitResult.CONTINUE;
            }
            throw e;
          }

          @Override
          public FileVisitResult postVisitDirectory(Path visited, @Nullable IOException e)
              throws IOException {
            Files.deleteIfExists(visited);
            return FileVisitResult.CONTINUE;
          }
        });
  }
}
