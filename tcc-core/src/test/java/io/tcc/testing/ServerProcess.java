package io.tcc.testing;

import java.io.File;
import java.io.IOException;
import java.lang.ProcessBuilder.Redirect;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Stream;

/** A server in a child process of this JVM, and the programs that come with it. */
final class ServerProcess {

  private static final Duration DIES_WITHIN = Duration.ofSeconds(60);
  private static final Duration BETWEEN_LOOKS = Duration.ofMillis(2);
  private static final File NOTHING = new File("/dev/null");

  private final Process process;
  private final Path log;

  private ServerProcess(Process process, Path log) {
    this.process = process;
    this.log = log;
  }

  /** Starts the command, which stays in the foreground; what it says is appended to the log. */
  static ServerProcess start(List<String> command, Map<String, String> environment, Path log)
      throws IOException {
    ProcessBuilder builder =
        new ProcessBuilder(command)
            .redirectInput(NOTHING)
            .redirectErrorStream(true)
            .redirectOutput(Redirect.appendTo(log.toFile()));
    builder.environment().putAll(environment);
    return new ServerProcess(builder.start(), log);
  }

  /**
   * Runs the command to its end.
   *
   * @throws IOException if it cannot run, or ends with an error: with all it has said
   */
  static void run(List<String> command, Map<String, String> environment, Optional<Path> input)
      throws IOException {
    Path output = Files.createTempFile("tcc-test-database", ".out");
    try {
      ProcessBuilder builder =
          new ProcessBuilder(command)
              .redirectInput(input.map(Path::toFile).orElse(NOTHING))
              .redirectErrorStream(true)
              .redirectOutput(output.toFile());
      builder.environment().putAll(environment);
      int status = builder.start().waitFor();
      if (status != 0) {
        throw new IOException(
            "%s ended with %d: %s".formatted(command, status, Files.readString(output).strip()));
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("interrupted while %s ran".formatted(command), e);
    } finally {
      Files.deleteIfExists(output);
    }
  }

  /** Kills what a JVM that was killed itself left running on this folder. */
  static void killOrphans(Path folder) {
    killAll(
        ProcessHandle.allProcesses()
            .filter(p -> p.info().commandLine().orElse("").contains(folder + File.separator))
            .flatMap(p -> Stream.concat(Stream.of(p), p.descendants()))
            .toList());
  }

  boolean isAlive() {
    return process.isAlive();
  }

  /** Whether it ends within the time. */
  boolean ends(Duration time) throws InterruptedException {
    return process.waitFor(time.toMillis(), TimeUnit.MILLISECONDS);
  }

  /** SIGKILL for it and all its children; returns when they are gone. */
  void kill() {
    List<ProcessHandle> family = new ArrayList<>();
    family.add(process.toHandle());
    process.descendants().forEach(family::add);
    killAll(family);
    process.onExit().join(); // Its own threads may outlive the one that gives it its name.
  }

  /** All it has said so far. */
  String log() {
    try {
      return Files.readString(log);
    } catch (IOException e) {
      return "no log: " + e;
    }
  }

  /** Kills them, parents first: they would replace a child that died before them. */
  private static void killAll(List<ProcessHandle> family) {
    family.forEach(ProcessHandle::destroyForcibly);
    long deadline = System.nanoTime() + DIES_WITHIN.toNanos();
    while (family.stream().anyMatch(ServerProcess::lives)) {
      if (System.nanoTime() > deadline) {
        throw new IllegalStateException("not all of %s died of SIGKILL".formatted(family));
      }
      LockSupport.parkNanos(BETWEEN_LOOKS.toNanos());
    }
  }

  /** The dead may stay listed until their new parent cares for them: Linux calls them zombies. */
  private static boolean lives(ProcessHandle process) {
    if (!process.isAlive()) {
      return false;
    }
    try {
      String stat = Files.readString(Path.of("/proc", Long.toString(process.pid()), "stat"));
      return stat.charAt(stat.lastIndexOf(')') + 2) != 'Z';
    } catch (IOException goneOrNoLinux) {
      return process.isAlive();
    }
  }
}
