package io.tcc.sample.order;

import io.tcc.testing.Database;
import io.tcc.testing.TestDatabase;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;

/**
 * Both sample services as processes, each on databases that plain SQL can ask before and after: H2
 * files, or with {@code -Dtcc.kills.database=postgresql} or {@code mariadb} databases of a server.
 */
final class BothServices {

  /** The order service's second database. */
  static final String LEDGER = "ledger";

  private static final TestDatabase KIND =
      TestDatabase.valueOf(System.getProperty("tcc.kills.database", "h2").toUpperCase(Locale.ROOT));

  private record Login(String url, String user, String password) {}

  private final Path folder;
  private final Map<String, Login> databases = new HashMap<>();
  private final ServiceProcess order;
  private final ServiceProcess inventory;

  /** Makes the databases, with the tables of the samples; nothing runs yet. */
  BothServices(Path folder) throws IOException, SQLException {
    this.folder = folder;
    for (String name : new String[] {"order", LEDGER, "inventory"}) {
      databases.put(name, login(name));
    }
    Login ledger = databases.get(LEDGER);
    int orderPort = ServiceProcess.freePort();
    int inventoryPort = ServiceProcess.freePort();
    this.order =
        service(
            "order",
            orderPort,
            Map.of(
                "tcc.services.inventory.url",
                url(inventoryPort),
                "ledger.datasource.jdbc-url",
                ledger.url(),
                "ledger.datasource.username",
                ledger.user(),
                "ledger.datasource.password",
                ledger.password()));
    this.inventory =
        service("inventory", inventoryPort, Map.of("tcc.services.order.url", url(orderPort)));
    createTables("order", "sample-order-service", "schema.sql");
    createTables(LEDGER, "sample-order-service", "ledger.sql");
    createTables("inventory", "sample-inventory-service", "schema.sql");
  }

  private void createTables(String database, String module, String script)
      throws IOException, SQLException {
    Path schema = Path.of("..", module, "src/main/resources", script);
    try (Connection connection = database(database);
        Statement statement = connection.createStatement()) {
      for (String each : Files.readString(schema).split(";")) {
        if (!each.isBlank()) {
          statement.execute(each);
        }
      }
    }
  }

  ServiceProcess order() {
    return order;
  }

  ServiceProcess inventory() {
    return inventory;
  }

  /** Which kind of database. */
  static TestDatabase kind() {
    return KIND;
  }

  /** Only while its service does not run. */
  Connection database(String name) throws SQLException {
    Login login = databases.get(name);
    return DriverManager.getConnection(login.url(), login.user(), login.password());
  }

  void start() throws InterruptedException {
    order.start();
    inventory.start();
    order.awaitAnswer("/accounts/c0");
    inventory.awaitAnswer("/stock");
  }

  /** SIGKILL, and up again. */
  void killAndStart(ServiceProcess victim) throws InterruptedException {
    victim.kill();
    victim.start();
    victim.awaitAnswer(victim == order ? "/accounts/c0" : "/stock");
  }

  void stop() {
    order.stop();
    inventory.stop();
  }

  private ServiceProcess service(String name, int port, Map<String, String> more) {
    Map<String, String> properties = new HashMap<>(more);
    Login login = databases.get(name);
    properties.put("spring.datasource.url", login.url());
    properties.put("spring.datasource.username", login.user());
    properties.put("spring.datasource.password", login.password());
    properties.put("tcc.timeout", "5s");
    properties.put("tcc.call-timeout", "2s");
    properties.put("tcc.completion-timeout", "2s");
    properties.put("tcc.recovery.lease", "4s");
    properties.put("tcc.recovery.backoff.longest", "2s");
    properties.put("tcc.two-phase.grace", "1s");
    properties.put("tcc.three-phase.ready-timeout", "2s");
    properties.put("tcc.three-phase.margin", "4s");
    properties.put("tcc.three-phase.pre-commit-timeout", "7s");
    properties.put("tcc.outbox.relay.lease", "6s");
    properties.put("tcc.outbox.relay.backoff.longest", "2s");
    properties.put("logging.level.root", "warn");
    // Its endpoints show the rows: no other process can open these databases meanwhile.
    properties.put("spring.profiles.active", "demo");
    Path target = Path.of("..", "sample-%s-service".formatted(name), "target");
    return new ServiceProcess(
        name,
        target.resolve("sample-%s-service-0.1.0-SNAPSHOT.jar".formatted(name)),
        folder,
        port,
        properties);
  }

  private static String url(int port) {
    return "http://localhost:" + port;
  }

  private Login login(String name) {
    if (!KIND.hasServer()) {
      return new Login(
          "jdbc:h2:file:"
              + folder.resolve(name).toAbsolutePath()
              + ";WRITE_DELAY=0;OPTIMIZE_REUSE_RESULTS=0",
          "sa",
          "");
    }
    Database database = KIND.createDurable();
    return new Login(database.jdbcUrl(), database.user(), database.password());
  }
}
