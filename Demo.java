import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.security.GeneralSecurityException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.BooleanSupplier;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/**
 * The story of a purchase that spans two services: confirmed, cancelled, and with one of the services
 * killed (SIGKILL) at the worst moments; and of a payment of which a third party is told. Needs a JDK 17 and nothing else; builds what is missing.
 *
 * <p>{@code ./demo --rocketmq} goes on with purchases by transactional message, over a real broker.
 *
 * <p>{@code ./demo --build} builds what is missing, and that is all.
 *
 * <p>{@code ./demo --keep} leaves the services running and tells how to play with them. Ends with 1 if
 * any act ended wrong.
 */
public class Demo {

  private static final Path WORK = Path.of("target", "demo");
  private static final Duration PATIENCE = Duration.ofSeconds(60);
  private static final HttpClient HTTP =
      HttpClient.newBuilder().connectTimeout(Duration.ofSeconds(2)).build();

  private final Service order = new Service("order", "/accounts/alice");
  private final Service inventory = new Service("inventory", "/stock");
  private final Broker broker = new Broker();
  private final boolean rocketMq;
  private int bookkeeperPort;
  private int wrong;
  private int decisionsShown;
  private int messagesShown;
  private volatile boolean stopping;

  private Demo(boolean rocketMq) {
    this.rocketMq = rocketMq;
  }

  public static void main(String[] arguments) throws Exception {
    List<String> options = Arrays.asList(arguments);
    Demo demo = new Demo(options.contains("--rocketmq"));
    demo.build();
    if (options.contains("--build")) {
      return;
    }
    Runtime.getRuntime().addShutdownHook(new Thread(demo::stop));
    demo.start();
    demo.play();
    if (options.contains("--keep")) {
      demo.explain();
      demo.keep();
    }
    System.exit(demo.wrong == 0 ? 0 : 1);
  }

  // The story.

  private void play() throws Exception {
    act("1. Alice buys 2 books. Everybody is well.");
    tell("answer: " + buy("alice", 2));
    settle("confirmed in both services", 9980, 20, 98, 2);

    act("2. Alice buys 99 books, and only 98 are left. Her money was frozen already.");
    tell("answer: " + buy("alice", 99));
    settle("cancelled: her money is back", 9980, 20, 98, 2);

    act("3. Inventory is killed after the decision, just when it is told to confirm.");
    inventory.hold("before/tcc/commit");
    Thread purchase = buyInBackground("alice", 3);
    inventory.awaitHold();
    inventory.kill();
    tell("inventory is dead; it holds a reservation that it does not know is final");
    purchase.join();
    inventory.start();
    settle("confirmed, once", 9950, 50, 95, 5);

    act("4. The order service is killed after the decision, before anybody was told.");
    inventory.hold("before/tcc/commit");
    purchase = buyInBackground("alice", 5);
    inventory.awaitHold();
    order.kill();
    inventory.release();
    tell("the order service is dead; its decision is a row in its database");
    purchase.join();
    order.start();
    settle("confirmed, once", 9900, 100, 90, 10);

    act("5. The order service is killed before the decision, with both reservations made.");
    inventory.hold("after/reservations");
    purchase = buyInBackground("alice", 7);
    inventory.awaitHold();
    order.kill();
    inventory.release();
    tell("the order service is dead, and no decision was made: silence means abort");
    purchase.join();
    order.start();
    settle("cancelled in both services, by asking", 9900, 100, 90, 10);

    act("6. Two-phase commit, by @Prepare, @Commit and @Rollback: both services vote YES.");
    tell("answer: " + buy("/prepared-purchases", "alice", 2));
    settle("committed in both services", 9880, 120, 88, 12);

    act("7. Again, and the order service is killed when all have voted, before the decision.");
    inventory.hold("after/prepared-goods");
    purchase = buyInBackground("/prepared-purchases", "alice", 3);
    inventory.awaitHold();
    order.kill();
    inventory.release();
    tell("the order service is dead; the inventory is prepared, and keeps 3 books back meanwhile");
    purchase.join();
    order.start();
    settle("rolled back in both services, by asking", 9880, 120, 88, 12);

    act("8. Bob pays. The bookkeeper, a third party that is to be told of it, is down.");
    tell("answer: " + pay("4711", "bob", 30));
    await(() -> notification("4711").getOrDefault("FAILURES", "0").matches("[1-9].*"));
    tell(
        "his payment did not wait; the notification is %s, attempts that failed: %s"
            .formatted(notification("4711").get("STATE"), notification("4711").get("FAILURES")));
    try (Bookkeeper bookkeeper = new Bookkeeper(bookkeeperPort)) {
      tell("the bookkeeper is up");
      boolean told =
          await(() -> "DELIVERED".equals(notification("4711").get("STATE")))
              && bookkeeper.heard.size() == 1;
      bookkeeper.heard.forEach(each -> tell("the bookkeeper heard, and verified: " + each));
      check(told, "told, once, with nothing done by hand");
    }

    act("9. Local message table: Alice orders 4 books while the inventory is down.");
    inventory.kill();
    tell("answer: " + order("alice", 4));
    List<Map<String, String>> messages = order.rows("/demo/messages");
    tell("the order is final; message: " + message(messages.get(messages.size() - 1)));
    inventory.start();
    settle("shipped once, and the result is back", 9840, 160, 84, 16);

    act("10. She orders 99 more: the inventory refuses, the reason comes back, and so does her money.");
    tell("answer: " + order("alice", 99));
    settle("refused, with the reason, and paid back", 9840, 160, 84, 16);

    playThreePhase();
    playDatabases();

    if (rocketMq) {
      playMessages();
    }

    System.out.println();
    System.out.println(
        wrong == 0
            ? "All acts ended as they must."
            : wrong + " acts ended wrong. The services' output is in " + WORK.toAbsolutePath());
  }

  /** Purchases by 3PC: who has pre-committed does not wait for ever. */
  private void playThreePhase() throws Exception {
    Sales sales = new Sales();

    act("11. 3PC, by @CanCommit, @PreCommit, @DoCommit and @Abort: everybody says yes, then packs.");
    tell("answer: " + buy("/checked-purchases", "alice", 2));
    sales.settle("committed in both services", 2);

    act("12. Again, and the order service, which coordinates, is killed after pre-commit.");
    int sold = number(inventory.rows("/stock").get(0), "sold");
    inventory.hold("after/tcc/pre-commit");
    Thread purchase = buyInBackground("/checked-purchases", "alice", 3);
    inventory.awaitHold();
    order.kill();
    inventory.release();
    purchase.join();
    tell("the order service is dead; the inventory has packed, and hears nothing");
    boolean waits = number(inventory.rows("/stock").get(0), "sold") == sold;
    check(
        waits && await(() -> number(inventory.rows("/stock").get(0), "sold") == sold + 3),
        "the inventory waits, and commits by itself, with nobody to ask");
    order.start();
    sales.settle("the order service comes back, asks, and agrees", 3);
  }

  /** Purchases by plain SQL on three databases, which prepare. */
  private void playDatabases() throws Exception {
    Sales sales = new Sales();

    act("13. Two-phase commit by databases: plain SQL on two databases here and one there, by @TwoPhase.");
    tell("answer: " + buy("/ledger-purchases", "alice", 2));
    sales.settle("committed in all three: the order service's own commits with the decision", 2);
    checkLedger(1, 20);

    act("14. Again, and the order service is killed when the databases have prepared, before the decision.");
    inventory.hold("after/shelf");
    Thread purchase = buyInBackground("/ledger-purchases", "alice", 3);
    inventory.awaitHold();
    order.kill();
    inventory.release();
    purchase.join();
    tell("the order service is dead; the inventory's database keeps what it has prepared, and its locks");
    tellInDoubt(inventory);
    order.start();
    sales.settle("rolled back in all three, by asking", 0);
    checkLedger(1, 20);

    act("15. Again, and the order service is killed after the decision, before the inventory was told.");
    inventory.hold("before/tcc/commit");
    purchase = buyInBackground("/ledger-purchases", "alice", 4);
    inventory.awaitHold();
    order.kill();
    inventory.release();
    purchase.join();
    tell("the order service is dead; its decision is a row beside the money, committed with it");
    tellInDoubt(inventory);
    order.start();
    sales.settle("committed in all three", 4);
    checkLedger(2, 60);
  }

  private void checkLedger(int entries, int amount) {
    Map<String, String> total = order.rows("/ledger").get(0);
    check(
        number(total, "entries") == entries && number(total, "amount") == amount,
        "ledger, a second database of the order service: entries %d, amount %d"
            .formatted(entries, amount));
    tellInDoubt(order);
    tellInDoubt(inventory);
  }

  private static void tellInDoubt(Service service) {
    List<Map<String, String>> prepared = service.rows("/demo/in-doubt");
    tell(
        "in doubt at the %s service: %s"
            .formatted(
                service.name,
                prepared.isEmpty()
                    ? "nothing"
                    : prepared.stream()
                        .map(
                            each ->
                                "branch %s in %s, waits for the %s service"
                                    .formatted(
                                        each.get("branch"),
                                        each.get("database"),
                                        each.get("waitsFor")))
                        .collect(Collectors.joining("; "))));
  }

  /** Purchases by transactional message, over a broker that is killed as well. */
  private void playMessages() throws Exception {
    Sales sales = new Sales();

    act("M1. Alice buys 2 books; the inventory hears of it by a RocketMQ transactional message.");
    tell("answer: " + buy("/message-purchases", "alice", 2));
    sales.settle("paid here, delivered there", 2);

    act("M2. She buys 99999 books and cannot pay: rolled back, and nobody hears of it.");
    tell("answer: " + buy("/message-purchases", "alice", 99999));
    sales.settle("nothing has changed", 0);

    act("M3. The inventory is dead when she buys 3 books.");
    inventory.kill();
    tell("answer: " + buy("/message-purchases", "alice", 3));
    inventory.start();
    sales.settle("delivered when it is back, once", 3);

    act("M4. The broker is dead when she wants 1 book.");
    broker.kill();
    tell("answer: " + buy("/message-purchases", "alice", 1));
    sales.settle("without the broker nothing is paid", 0);
    broker.launch();
    tell("the broker is back");
    check(
        await(() -> buy("/message-purchases", "alice", 1).startsWith("200")), "now she can buy it");
    sales.settle("paid here, delivered there", 1);
  }

  /** What Alice has bought since the beginning of something. */
  private final class Sales {
    private final Map<String, String> alice = order.rows("/accounts/alice").get(0);
    private final Map<String, String> book = inventory.rows("/stock").get(0);
    private int sold;

    void settle(String outcome, int more) {
      sold += more;
      Demo.this.settle(
          outcome,
          number(alice, "balance") - 10 * sold,
          number(alice, "spent") + 10 * sold,
          number(book, "available") - sold,
          number(book, "sold") + sold);
    }
  }

  private void act(String title) {
    System.out.println();
    System.out.println(title);
  }

  private static void tell(String what) {
    System.out.println("   " + what);
  }

  private String buy(String customer, int quantity) {
    return buy("/purchases", customer, quantity);
  }

  private String buy(String path, String customer, int quantity) {
    return order.post(
        path,
        "{\"customer\":\"%s\",\"item\":\"book\",\"quantity\":%d}".formatted(customer, quantity));
  }

  private String order(String customer, int quantity) {
    return order.post(
        "/orders",
        "{\"customer\":\"%s\",\"item\":\"book\",\"quantity\":%d}".formatted(customer, quantity));
  }

  private static String message(Map<String, String> row) {
    String reason = row.get("REASON");
    return row.get("TOPIC")
        + " "
        + row.get("STATE")
        + (reason == null || reason.equals("null") ? "" : ", " + reason);
  }

  private String pay(String paymentId, String customer, int amount) {
    return order.put(
        "/payments/" + paymentId,
        "{\"customer\":\"%s\",\"amount\":%d}".formatted(customer, amount));
  }

  private Map<String, String> notification(String paymentId) {
    return order.rows("/demo/notifications").stream()
        .filter(row -> paymentId.equals(row.get("BUSINESS_NUMBER")))
        .findFirst()
        .orElse(Map.of());
  }

  private void check(boolean right, String outcome) {
    if (right) {
      tell("✓ " + outcome);
    } else {
      wrong++;
      tell("✗ WRONG: expected " + outcome);
    }
  }

  private Thread buyInBackground(String customer, int quantity) {
    return buyInBackground("/purchases", customer, quantity);
  }

  private Thread buyInBackground(String path, String customer, int quantity) {
    Thread thread = new Thread(() -> tell("the caller's answer: " + buy(path, customer, quantity)));
    thread.start();
    return thread;
  }

  /** Waits until nothing is under way and the numbers are right, then shows everything. */
  private void settle(String outcome, int balance, int spent, int available, int sold) {
    boolean right =
        await(
            () -> {
              Map<String, String> alice = order.rows("/accounts/alice").get(0);
              Map<String, String> book = inventory.rows("/stock").get(0);
              return number(alice, "balance") == balance
                  && number(alice, "frozen") == 0
                  && number(alice, "spent") == spent
                  && number(book, "available") == available
                  && number(book, "reserved") == 0
                  && number(book, "sold") == sold
                  && order.rows("/demo/decisions").stream()
                      .allMatch(row -> row.get("STATE").equals("DONE"))
                  && order.rows("/demo/messages").stream()
                      .allMatch(row -> row.get("STATE").matches("CONSUMED|REJECTED"))
                  && order.rows("/demo/in-doubt").isEmpty()
                  && inventory.rows("/demo/in-doubt").isEmpty();
            });
    show();
    if (right) {
      tell("✓ " + outcome);
    } else {
      wrong++;
      tell(
          "✗ WRONG: expected balance %d, spent %d, available %d, sold %d, nothing reserved"
              .formatted(balance, spent, available, sold));
    }
  }

  private void show() {
    List<String> left = new ArrayList<>(List.of("ORDER SERVICE'S DATABASE"));
    List<String> right = new ArrayList<>(List.of("INVENTORY SERVICE'S DATABASE"));
    Map<String, String> alice = order.rows("/accounts/alice").get(0);
    left.add(
        "alice: has %s, frozen %s, spent %s"
            .formatted(alice.get("balance"), alice.get("frozen"), alice.get("spent")));
    Map<String, String> book = inventory.rows("/stock").get(0);
    right.add(
        "book: available %s, reserved %s, sold %s"
            .formatted(book.get("available"), book.get("reserved"), book.get("sold")));
    List<Map<String, String>> decisions = order.rows("/demo/decisions");
    if (decisions.size() > decisionsShown) {
      Map<String, String> decision = decisions.get(decisions.size() - 1);
      left.add(
          "decision on %s: %s, %s"
              .formatted(
                  decision.get("NAME").startsWith("(") ? "who asked first" : decision.get("NAME"),
                  decision.get("OUTCOME"),
                  decision.get("STATE")));
      String xid = decision.get("XID");
      order.rowsOf(xid, "/demo/log").forEach(row -> left.add(branch(row)));
      order.rowsOf(xid, "/demo/votes").forEach(row -> left.add(vote("ledger", row)));
      inventory.rowsOf(xid, "/demo/log").forEach(row -> right.add(branch(row)));
      inventory.rowsOf(xid, "/demo/votes").forEach(row -> right.add(vote("inventory", row)));
      decisionsShown = decisions.size();
    }
    List<Map<String, String>> messages = order.rows("/demo/messages");
    messages.stream().skip(messagesShown).forEach(row -> left.add("message: " + message(row)));
    messagesShown = messages.size();
    for (int i = 0; i < Math.max(left.size(), right.size()); i++) {
      tell(
          "| %-48s | %-42s |"
              .formatted(
                  i < left.size() ? left.get(i) : "", i < right.size() ? right.get(i) : ""));
    }
  }

  private static String branch(Map<String, String> row) {
    return "branch of %s: %s".formatted(row.get("PARTICIPANT"), row.get("STATE"));
  }

  private static String vote(String database, Map<String, String> row) {
    return "vote of the %s database: %s".formatted(database, row.get("STATE"));
  }

  private void explain() {
    System.out.printf(
        """

        The services are running. Some things to try:

          curl -X POST -H 'Content-Type: application/json' \\
            -d '{"customer":"bob","item":"pen","quantity":3}' %1$s/purchases
          curl %1$s/accounts/bob
          curl %2$s/stock
          curl %1$s/demo/decisions
          curl %1$s/demo/log
          curl %1$s/demo/in-doubt
          curl %1$s/demo/notifications
          curl %2$s/demo/log

          curl -X PUT %2$s/demo/hold/before/tcc/commit   # holds the next confirmation: buy now, as above
          kill -9 %3$d   # within a few seconds: the inventory service, which is started again, and confirms
          curl -X DELETE %2$s/demo/hold   # or let go of the call: it is made again

        Ctrl-C stops them.
        """,
        order.url(), inventory.url(), inventory.process.pid());
  }

  /** Starts again what somebody has killed. */
  private void keep() throws Exception {
    while (!stopping) {
      for (Service each : List.of(order, inventory)) {
        if (!each.process.isAlive() && !stopping) {
          tell("the " + each.name + " service is dead");
          try {
            each.start();
            tell("its process is " + each.process.pid());
          } catch (IllegalStateException e) {
            tell(e.getMessage());
          }
        }
      }
      Thread.sleep(3_000);
    }
  }

  // The services.

  private void start() throws Exception {
    delete(WORK);
    Files.createDirectories(WORK);
    if (rocketMq) {
      System.out.println("Starting RocketMQ ...");
      broker.namesPort = freePort();
      broker.port = freePort();
      broker.launch();
    }
    System.out.println("Starting both services ...");
    for (int attempt = 1; ; attempt++) {
      order.port = freePort();
      inventory.port = freePort();
      bookkeeperPort = freePort();
      try {
        inventory.launch();
        order.launch();
        inventory.awaitHealth();
        order.awaitHealth();
        return;
      } catch (IllegalStateException e) {
        order.kill();
        inventory.kill();
        if (attempt == 3) {
          throw e;
        }
      }
    }
  }

  private void stop() {
    stopping = true;
    order.kill();
    inventory.kill();
    broker.kill();
  }

  /** A name server and a broker of RocketMQ, in one process of their own. */
  private static final class Broker {
    private int namesPort;
    private int port;
    private Process process;

    void launch() throws IOException {
      process =
          new ProcessBuilder(
                  Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                  "-Xmx512m",
                  "-jar",
                  jar("sample-rocketmq").toString(),
                  Files.createDirectories(WORK.resolve("rocketmq")).toAbsolutePath().toString(),
                  Integer.toString(namesPort),
                  Integer.toString(port),
                  "purchases")
              .redirectErrorStream(true)
              .redirectOutput(
                  ProcessBuilder.Redirect.appendTo(WORK.resolve("rocketmq.log").toFile()))
              .start();
    }

    /** SIGKILL, as everywhere here. */
    void kill() {
      if (process != null) {
        process.destroyForcibly();
        process.onExit().join();
      }
    }
  }

  /** One of the two processes. */
  private final class Service {
    private final String name;
    private final String healthPath;
    private int port;
    private Process process;

    Service(String name, String healthPath) {
      this.name = name;
      this.healthPath = healthPath;
    }

    String url() {
      return "http://localhost:" + port;
    }

    void launch() throws IOException {
      Service other = this == order ? inventory : order;
      List<String> command =
          new ArrayList<>(
              List.of(
                  Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                  "-Xshare:auto",
                  "-XX:TieredStopAtLevel=1",
                  "-jar",
                  jar("sample-%s-service".formatted(name)).toString(),
                  "--spring.profiles.active=demo" + (rocketMq ? ",rocketmq" : ""),
                  "--server.port=" + port,
                  "--server.address=127.0.0.1",
                  "--spring.datasource.url=" + database(name),
                  "--tcc.services." + other.name + ".url=" + other.url(),
                  "--tcc.timeout=5s",
                  "--tcc.call-timeout=2s",
                  "--tcc.completion-timeout=2s",
                  "--tcc.recovery.lease=4s",
                  "--tcc.two-phase.grace=1s",
                  "--tcc.three-phase.ready-timeout=2s",
                  "--tcc.three-phase.margin=4s",
                  "--tcc.three-phase.pre-commit-timeout=7s",
                  "--tcc.outbox.relay.backoff.longest=2s"));
      if (rocketMq) {
        command.add("--demo.name-server=localhost:" + broker.namesPort);
      }
      if (this == order) {
        command.add("--ledger.datasource.jdbc-url=" + database("ledger"));
        command.add(
            "--tcc.notification.targets.bookkeeper.url=http://localhost:"
                + bookkeeperPort
                + "/payments");
      }
      process =
          new ProcessBuilder(command)
              .redirectErrorStream(true)
              .redirectOutput(
                  ProcessBuilder.Redirect.appendTo(WORK.resolve(name + ".log").toFile()))
              .start();
      if (stopping) {
        kill();
      }
    }

    void start() throws IOException {
      launch();
      awaitHealth();
      tell("the " + name + " service is back");
    }

    void awaitHealth() {
      boolean up =
          await(
              () -> {
                if (!process.isAlive()) {
                  throw new IllegalStateException(
                      name + " did not start, see " + WORK.resolve(name + ".log"));
                }
                return !rows(healthPath).isEmpty();
              });
      if (!up) {
        throw new IllegalStateException(name + " does not answer");
      }
    }

    /** SIGKILL: the process cannot do anything about it. */
    void kill() {
      if (process != null) {
        process.destroyForcibly();
        process.onExit().join();
      }
    }

    void hold(String where) {
      send(request("/demo/hold/" + where).PUT(HttpRequest.BodyPublishers.noBody()));
    }

    void awaitHold() {
      if (!await(() -> send(request("/demo/hold").GET()).contains("HOLDING"))) {
        throw new IllegalStateException("the request that was to be held did not come");
      }
    }

    void release() {
      send(request("/demo/hold").DELETE());
    }

    String put(String path, String body) {
      return send(
          request(path)
              .header("Content-Type", "application/json")
              .PUT(HttpRequest.BodyPublishers.ofString(body)));
    }

    String post(String path, String body) {
      return send(
          request(path)
              .header("Content-Type", "application/json")
              .POST(HttpRequest.BodyPublishers.ofString(body)));
    }

    /** The rows that a path answers with; none if it does not answer. */
    List<Map<String, String>> rows(String path) {
      String body = send(request(path).GET());
      return body.startsWith("200 ") ? parse(body.substring(4)) : List.of();
    }

    Stream<Map<String, String>> rowsOf(String xid, String path) {
      return rows(path).stream().filter(row -> xid.equals(row.get("XID")));
    }

    private HttpRequest.Builder request(String path) {
      return HttpRequest.newBuilder(URI.create(url() + path)).timeout(Duration.ofSeconds(20));
    }

    private String send(HttpRequest.Builder request) {
      try {
        HttpResponse<String> response =
            HTTP.send(request.build(), HttpResponse.BodyHandlers.ofString());
        return response.statusCode() + " " + response.body();
      } catch (IOException e) {
        return "none, the connection broke";
      } catch (InterruptedException e) {
        throw new IllegalStateException(e);
      }
    }
  }

  /** A third party: not one of the services, and without the library. */
  private static final class Bookkeeper implements AutoCloseable {
    private static final String SECRET = "YSBzZWNyZXQgdGhhdCBldmVyeWJvZHkga25vd3M=";
    private final List<String> heard = new CopyOnWriteArrayList<>();
    private final HttpServer server;

    Bookkeeper(int port) throws IOException {
      server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), 0);
      server.createContext("/payments", this::listen);
      server.start();
    }

    private void listen(HttpExchange exchange) throws IOException {
      try (exchange) {
        String body = new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8);
        boolean signed = signature(exchange, body).equals(header(exchange, "webhook-signature"));
        if (signed) {
          heard.add(body);
        }
        exchange.sendResponseHeaders(signed ? 204 : 403, -1);
      }
    }

    /** As Standard Webhooks says. */
    private static String signature(HttpExchange exchange, String body) {
      try {
        Mac mac = Mac.getInstance("HmacSHA256");
        mac.init(new SecretKeySpec(Base64.getDecoder().decode(SECRET), "HmacSHA256"));
        String text =
            header(exchange, "webhook-id") + "." + header(exchange, "webhook-timestamp") + "." + body;
        byte[] signature = mac.doFinal(text.getBytes(StandardCharsets.UTF_8));
        return "v1," + Base64.getEncoder().encodeToString(signature);
      } catch (GeneralSecurityException e) {
        throw new IllegalStateException(e);
      }
    }

    private static String header(HttpExchange exchange, String name) {
      return exchange.getRequestHeaders().getFirst(name);
    }

    @Override
    public void close() {
      server.stop(0);
    }
  }

  private static String database(String name) {
    return "jdbc:h2:file:%s;WRITE_DELAY=0;OPTIMIZE_REUSE_RESULTS=0"
        .formatted(WORK.resolve(name).toAbsolutePath());
  }

  private static Path jar(String module) {
    return Path.of(module, "target", module + "-0.1.0-SNAPSHOT.jar");
  }

  // Building, waiting, reading.

  private void build() throws Exception {
    List<String> modules =
        new ArrayList<>(List.of("sample-order-service", "sample-inventory-service"));
    if (rocketMq) {
      modules.add("sample-rocketmq");
    }
    boolean built = true;
    for (String module : modules) {
      built &= isBuilt(module);
    }
    if (built) {
      return;
    }
    System.out.println("Building the sample services (the first time, Maven loads what it needs) ...");
    boolean windows = System.getProperty("os.name").startsWith("Windows");
    int exit =
        new ProcessBuilder(
                windows ? "mvnw.cmd" : "./mvnw",
                "-q",
                "-B",
                "-DskipTests",
                "-Dmaven.test.skip=true",
                rocketMq ? "-Procketmq" : "-P!rocketmq",
                "-pl",
                String.join(",", modules),
                "-am",
                "package")
            .inheritIO()
            .start()
            .waitFor();
    if (exit != 0) {
      System.exit(exit);
    }
  }

  private static boolean isBuilt(String module) throws IOException {
    Path jar = jar(module);
    if (!Files.exists(jar) || !Files.exists(Path.of(jar + ".original"))) {
      return false;
    }
    // The jar bears the same date whenever it was made; what it was made of does not.
    FileTime built = Files.getLastModifiedTime(Path.of(jar + ".original"));
    for (String each : List.of("tcc-core", "tcc-spring-boot-starter", module)) {
      try (Stream<Path> sources = Files.walk(Path.of(each, "src", "main"))) {
        if (sources.anyMatch(source -> source.toFile().lastModified() > built.toMillis())) {
          return false;
        }
      }
    }
    return true;
  }

  private static int freePort() throws IOException {
    try (ServerSocket socket = new ServerSocket(0)) {
      return socket.getLocalPort();
    }
  }

  private static boolean await(BooleanSupplier condition) {
    Instant end = Instant.now().plus(PATIENCE);
    while (Instant.now().isBefore(end)) {
      try {
        if (condition.getAsBoolean()) {
          return true;
        }
      } catch (IndexOutOfBoundsException e) {
        // No answer yet.
      }
      try {
        Thread.sleep(100);
      } catch (InterruptedException e) {
        return false;
      }
    }
    return false;
  }

  private static final Pattern OBJECT = Pattern.compile("\\{((?:\"(?:[^\"\\\\]|\\\\.)*\"|[^{}\"])*)}");
  private static final Pattern FIELD =
      Pattern.compile("\"(\\w+)\":(?:\"((?:[^\"\\\\]|\\\\.)*)\"|([^,]*))");

  /** A JSON array of flat objects. */
  private static List<Map<String, String>> parse(String json) {
    List<Map<String, String>> rows = new ArrayList<>();
    for (Matcher object = OBJECT.matcher(json); object.find(); ) {
      Map<String, String> row = new LinkedHashMap<>();
      for (Matcher field = FIELD.matcher(object.group(1)); field.find(); ) {
        row.put(field.group(1), field.group(2) != null ? field.group(2) : field.group(3));
      }
      rows.add(row);
    }
    return rows;
  }

  private static int number(Map<String, String> row, String field) {
    return (int) Double.parseDouble(row.get(field));
  }

  private static void delete(Path folder) throws IOException {
    if (Files.exists(folder)) {
      try (Stream<Path> all = Files.walk(folder)) {
        for (Path each : all.sorted(Comparator.reverseOrder()).collect(Collectors.toList())) {
          Files.delete(each);
        }
      }
    }
  }
}
