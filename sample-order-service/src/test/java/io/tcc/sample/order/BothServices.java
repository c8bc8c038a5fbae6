package io.tcc.sample.order;

import io.tcc.testing.Database;
import io.tcc.testing.TestDatabase;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * Both sample services as processes, each on databases that plain SQL can ask before and after: H2
 * files, or with {@code -Dtcc.kills.database=postgresql} or {@code mariadb} databases of a server.
 * There, {@code -Dtcc.kills.instances=2} lets the order service run twice on the same databases.
 */
final class BothServices {

  /** The order service's second database. */
  static final String LEDGER = "ledger";

  private static final TestDatabase KIND =
      TestDatabase.valueOf(System.getProperty("tcc.kills.database", "h2").toUpperCase(Locale.ROOT));

  private static final int INSTANCES = Integer.getInteger("tcc.kills.instances", 1);

  private record Login(String url, String user, String password) {}

  private final Path folder;
  private final Map<String, Login> databases = new HashMap<>();
  private final List<ServiceProcess> orders = new ArrayList<>();
  private final ServiceProcess inventory;

  /** Makes the databases, with the tables of the samples; nothing runs yet. */
  BothServices(Path folder) throws IOException, SQLException {
    this(folder, Map.of());
  }

  /**
   * As {@link #BothServices(Path)}.
   *
   * @param ofOrders further properties of the order service
   */
  BothServices(Path folder, Map<String, String> ofOrders) throws IOException, SQLException {
    if (INSTANCES > 1 && !KIND.hasServer()) {
      throw new IllegalArgumentException(
          "tcc.kills.instances: only one process can open the files of " + KIND);
    }
    this.folder = folder;
    for (String name : new String[] {"order", LEDGER, "inventory"}) {
      databases.put(name, login(name));
    }
    Login ledger = databases.get(LEDGER);
    int inventoryPort = ServiceProcess.freePort();
    Map<String, String> properties = new HashMap<>(ofOrders);
    properties.put("tcc.services.inventory.url", url(inventoryPort));
    properties.put("ledger.datasource.jdbc-url", ledger.url());
    properties.put("ledger.datasource.username", ledger.user());
    properties.put("ledger.datasource.password", ledger.password());
    // A result that was lost with a killed process is asked for soon.
    properties.put("tcc.outbox.topics.order-placed.reply-within", "5s");
    for (int i = 0; i < INSTANCES; i++) {
      orders.add(service("order", ServiceProcess.freePort(), "/accounts/c0", properties));
    }
    this.inventory =
        service(
            "inventory",
            inventoryPort,
            "/stock",
            Map.of("tcc.services.order.url", orders.get(0).url()));
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

  /** The first instance, which the inventory service asks. */
  ServiceProcess order() {
    return orders.get(0);
  }

  /** All instances. */
  List<ServiceProcess> orders() {
    return orders;
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

  static ResultSet query(Connection connection, String sql) throws SQLException {
    return connection.createStatement().executeQuery(sql);
  }

  /** All processes, the inventory service last. */
  List<ServiceProcess> all() {
    List<ServiceProcess> all = new ArrayList<>(orders);
    all.add(inventory);
    return all;
  }

  void start() throws InterruptedException {
    all().forEach(ServiceProcess::start);
    for (ServiceProcess each : all()) {
      each.awaitAnswer();
    }
  }

  void stop() {
    all().forEach(ServiceProcess::stop);
  }

  private ServiceProcess service(String name, int port, String question, Map<String, String> more) {
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
        question,
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
