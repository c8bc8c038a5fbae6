package io.tcc.testing;

import io.tcc.testing.Database.Address;
import io.zonky.test.db.postgres.embedded.DefaultPostgresBinaryResolver;
import io.zonky.test.db.postgres.util.LinuxUtils;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveInputStream;
import org.tukaani.xz.XZInputStream;

/** PostgreSQL as production runs it: what it has acknowledged is on the disk. */
final class PostgresServer extends DatabaseServer {

  private static final String USER = "postgres";
  private static final String SETTINGS =
      """
      listen_addresses = '127.0.0.1'
      unix_socket_directories = ''
      fsync = on
      synchronous_commit = on
      max_connections = 300
      max_prepared_transactions = 100
      recovery_init_sync_method = syncfs
      log_min_messages = warning
      """;

  private static final String END_OTHER_SESSIONS =
      """
      SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity
      WHERE datname = current_database() AND pid <> pg_backend_pid()
      """;
  private static final String PREPARED =
      "SELECT gid FROM pg_prepared_xacts WHERE database = current_database()";

  /** What a new database has not, besides what goes with the schema {@code public}. */
  private static final String STRANGE =
      """
      SELECT nspname FROM pg_namespace
      WHERE nspname NOT LIKE 'pg\\_%' AND nspname NOT IN ('public', 'information_schema')
      UNION ALL SELECT extname FROM pg_extension WHERE extname <> 'plpgsql'
      UNION ALL SELECT pubname FROM pg_publication
      UNION ALL SELECT 'settings' FROM pg_db_role_setting
      WHERE setdatabase = (SELECT oid FROM pg_database WHERE datname = current_database())
      """;

  PostgresServer() {
    super("postgresql");
  }

  @Override
  Optional<String> platformObstacle() {
    if ("root".equals(System.getProperty("user.name")) && !LinuxUtils.isUnshareAvailable()) {
      return Optional.of(
          "it refuses to run as root, and this machine forbids user namespaces (unshare -U)");
    }
    try (InputStream archive = archive()) {
      return Optional.empty();
    } catch (IllegalStateException | IOException missing) {
      return Optional.of(
          "no programs on the class path for %s on %s"
              .formatted(System.getProperty("os.name"), System.getProperty("os.arch")));
    }
  }

  @Override
  String version() throws IOException {
    try (InputStream archive = archive()) {
      return "binaries-" + archive.available();
    }
  }

  @Override
  void unpack(Path programs) throws IOException {
    try (TarArchiveInputStream tar = new TarArchiveInputStream(new XZInputStream(archive()))) {
      for (TarArchiveEntry entry = tar.getNextEntry(); entry != null; entry = tar.getNextEntry()) {
        Path target = programs.resolve(entry.getName()).normalize();
        if (entry.isDirectory()) {
          Files.createDirectories(target);
          continue;
        }
        Files.createDirectories(target.getParent());
        if (entry.isSymbolicLink() || entry.isLink()) {
          Files.createSymbolicLink(target, Path.of(entry.getLinkName()));
        } else {
          Files.copy(tar, target);
          if (target.getParent().endsWith("bin")) {
            target.toFile().setExecutable(true);
          }
        }
      }
    }
  }

  @Override
  List<String> probe(Path programs) {
    return command(programs, "postgres", "--version");
  }

  @Override
  Map<String, String> environment(Path programs) {
    return Map.of();
  }

  @Override
  void initialize(Path programs, Path data) throws IOException {
    List<String> initdb =
        command(
            programs,
            "initdb",
            "--pgdata=" + data,
            "--username=" + USER,
            "--auth=trust",
            "--encoding=UTF-8",
            "--locale=C",
            "--no-sync",
            "--no-instructions");
    ServerProcess.run(initdb, environment(programs), Optional.empty());
    Files.writeString(data.resolve("postgresql.conf"), SETTINGS, StandardOpenOption.APPEND);
  }

  @Override
  List<String> serve(Path programs, Path data, int port) {
    return command(programs, "postgres", "-D", data + "/", "-p", Integer.toString(port));
  }

  @Override
  void stop(Path programs, Path data, ServerProcess process) throws IOException {
    // Not by SIGKILL: a shared memory segment would outlive it for good.
    List<String> stop = command(programs, "pg_ctl", "stop", "-D", data + "/", "-m", "immediate");
    ServerProcess.run(stop, environment(programs), Optional.empty());
  }

  @Override
  Address address(int port, Optional<String> database) {
    return new Address(
        "jdbc:postgresql://127.0.0.1:%d/%s".formatted(port, database.orElse(USER)), USER, "");
  }

  /**
   * Creating a database writes 300 files, dropping it forces a checkpoint: emptying one is less.
   */
  @Override
  boolean clear(Statement statement, boolean alone) throws SQLException {
    statement.execute(END_OTHER_SESSIONS);
    for (String gid : strings(statement, PREPARED)) {
      statement.execute("ROLLBACK PREPARED " + statement.enquoteLiteral(gid));
    }
    statement.execute("DROP SCHEMA public CASCADE");
    statement.execute("CREATE SCHEMA public");
    return strings(statement, STRANGE).isEmpty();
  }

  @Override
  String rename(String spare, String name) {
    return "ALTER DATABASE %s RENAME TO %s".formatted(spare, name);
  }

  private static List<String> strings(Statement statement, String query) throws SQLException {
    List<String> strings = new ArrayList<>();
    try (ResultSet rows = statement.executeQuery(query)) {
      while (rows.next()) {
        strings.add(rows.getString(1));
      }
    }
    return strings;
  }

  /** Root starts it in a user namespace of its own, where it is nobody. */
  private static List<String> command(Path programs, String program, String... arguments) {
    List<String> command = new ArrayList<>();
    if (LinuxUtils.isUnshareAvailable()) {
      command.addAll(List.of("unshare", "-U"));
    }
    command.add(programs.resolve("bin").resolve(program).toString());
    command.addAll(List.of(arguments));
    return command;
  }

  private static InputStream archive() throws IOException {
    String system = System.getProperty("os.name").replace("Mac OS X", "Darwin");
    return DefaultPostgresBinaryResolver.INSTANCE.getPgBinary(
        system.startsWith("Windows") ? "Windows" : system, System.getProperty("os.arch"));
  }
}
