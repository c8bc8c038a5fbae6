package io.tcc.testing;

import io.tcc.testing.Database.Address;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Optional;
import java.util.UUID;

/** H2, in the memory of this JVM or, if it must outlive it, in a file below {@code target}. */
final class H2Engine implements DatabaseSource {

  private static final Path FOLDER = Path.of("target", "databases", "h2").toAbsolutePath();
  private static final String USER = "sa";
  private static final String PASSWORD = "";

  @Override
  public Optional<String> obstacle() {
    return Optional.empty();
  }

  @Override
  public Database create(TestDatabase kind, boolean durable) {
    String name = "tcc_" + UUID.randomUUID().toString().replace("-", "");
    // WRITE_DELAY=0: without it H2 loses acknowledged commits when its process is killed.
    // AUTO_SERVER: the process that opens the file first lets the others in.
    String url =
        durable
            ? "jdbc:h2:file:" + FOLDER.resolve(name) + ";WRITE_DELAY=0;AUTO_SERVER=TRUE"
            : "jdbc:h2:mem:" + name + ";DB_CLOSE_DELAY=-1";
    return new Database(kind, new Address(url, USER, PASSWORD), () -> drop(url, name, durable));
  }

  private static void drop(String url, String name, boolean durable) {
    try (Connection connection = DriverManager.getConnection(url, USER, PASSWORD);
        Statement statement = connection.createStatement()) {
      statement.execute("SHUTDOWN IMMEDIATELY");
    } catch (SQLException e) {
      throw new IllegalStateException("cannot drop " + url, e);
    }
    if (durable) {
      deleteFiles(name);
    }
  }

  private static void deleteFiles(String name) {
    try {
      Files.deleteIfExists(FOLDER.resolve(name + ".mv.db"));
      Files.deleteIfExists(FOLDER.resolve(name + ".trace.db"));
      Files.deleteIfExists(FOLDER.resolve(name + ".lock.db"));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
