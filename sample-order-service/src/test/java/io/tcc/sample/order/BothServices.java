package io.tcc.sample.order;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.HashMap;
import java.util.Map;

/** Both sample services as processes, each on databases that plain SQL can ask before and after. */
final class BothServices {

  /** The order service's second database. */
  static final String LEDGER = "ledger";

  private final Path folder;
  private final ServiceProcess order;
  private final ServiceProcess inventory;

  /** Makes both databases, with the tables of the samples; nothing runs yet. */
  BothServices(Path folder) throws IOException, SQLException {
    this.folder = folder;
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
                address(LEDGER)));
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
      statement.execute(Files.readString(schema));
    }
  }

  ServiceProcess order() {
    return order;
  }

  ServiceProcess inventory() {
    return inventory;
  }

  /** Only while its service does not run. */
  Connection database(String name) throws SQLException {
    return DriverManager.getConnection(address(name), "sa", "");
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
    properties.put("spring.datasource.url", address(name));
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

  private String address(String name) {
    return "jdbc:h2:file:"
        + folder.resolve(name).toAbsolutePath()
        + ";WRITE_DELAY=0;OPTIMIZE_REUSE_RESULTS=0";
  }
}
