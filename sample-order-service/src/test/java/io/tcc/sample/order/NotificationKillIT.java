package io.tcc.sample.order;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The order service as a real process, payments from several threads, and SIGKILL again and again,
 * while the bookkeeper who is told of them refuses one call in four. Afterwards plain SQL says
 * whether the bookkeeper was told of each payment that was committed, always under the same id, and
 * of no other. {@code -Dtcc.notification.kills=100} sets how many kills.
 */
class NotificationKillIT {

  private static final int KILLS = Integer.getInteger("tcc.notification.kills", 1);
  private static final int PAYERS = 4;

  /** Payments that each payer tries from one kill to the next. */
  private static final int TRIES = 40;

  private static final int BALANCE = 1000;
  private static final int AMOUNT = 10;
  private static final Pattern PAYMENT = Pattern.compile("\"paymentId\":\"p(\\d+)\"");

  @TempDir private Path folder;

  /** Under which ids the bookkeeper was told of a payment. */
  private final Map<Integer, Set<String>> told = new ConcurrentHashMap<>();

  private final Map<Integer, Integer> answers = new ConcurrentHashMap<>();
  private final AtomicInteger nextPayment = new AtomicInteger();
  private final AtomicInteger calls = new AtomicInteger();
  private final ExecutorService threads = Executors.newCachedThreadPool();
  private HttpServer bookkeeper;
  private BothServices services;

  @BeforeEach
  void open() throws Exception {
    bookkeeper =
        HttpServer.create(
            new InetSocketAddress(InetAddress.getLoopbackAddress(), ServiceProcess.freePort()), 0);
    bookkeeper.createContext("/payments", this::listen);
    bookkeeper.setExecutor(threads);
    bookkeeper.start();
    String target = "tcc.notification.targets.bookkeeper.";
    services =
        new BothServices(
            folder,
            Map.of(
                target + "url",
                "http://localhost:" + bookkeeper.getAddress().getPort() + "/payments",
                target + "schedule",
                "100ms, 200ms, 500ms, 1s, 2s, 5s, 5s, 5s, 5s, 5s",
                target + "timeout",
                "1s",
                "tcc.notification.lease",
                "2s"));
    try (Connection connection = services.database("order");
        PreparedStatement account =
            connection.prepareStatement("insert into account values (?, ?, 0, 0)")) {
      connection.setAutoCommit(false);
      for (int i = 0; i < PAYERS * TRIES * (KILLS + 1); i++) {
        account.setString(1, customer(i));
        account.setInt(2, BALANCE);
        account.addBatch();
      }
      account.executeBatch();
      connection.commit();
    }
  }

  @AfterEach
  void close() {
    bookkeeper.stop(0);
    threads.shutdownNow();
  }

  /** Each payment is of a customer of its own, so that the account tells what became of it. */
  private static String customer(int payment) {
    return "c" + payment;
  }

  /** One in ten is more than anybody has: refused, and rolled back. */
  private static boolean isTooMuch(int payment) {
    return payment % 10 == 9;
  }

  private void listen(HttpExchange call) throws IOException {
    String body = new String(call.getRequestBody().readAllBytes(), StandardCharsets.UTF_8);
    int status = 500;
    Matcher payment = PAYMENT.matcher(body);
    if (payment.find() && calls.incrementAndGet() % 4 != 0) {
      told.computeIfAbsent(Integer.valueOf(payment.group(1)), each -> ConcurrentHashMap.newKeySet())
          .add(call.getRequestHeaders().getFirst("webhook-id"));
      status = 204;
    }
    call.sendResponseHeaders(status, -1);
    call.close();
  }

  @Test
  void whateverIsKilledTheBookkeeperIsToldOfEachPaymentAndOfNoOther() throws Exception {
    ServiceProcess order = services.order();
    try {
      order.start();
      order.awaitAnswer();
      new Load(PAYERS, TRIES).run(payer -> pay(order), KILLS, i -> order.killAndStart());
      awaitEnd(order);
    } finally {
      order.stop();
    }
    check();
  }

  private void pay(ServiceProcess order) {
    int payment = nextPayment.getAndIncrement();
    int amount = isTooMuch(payment) ? 2 * BALANCE : AMOUNT;
    int status =
        order.put(
            "/payments/p" + payment,
            "{\"customer\":\"%s\",\"amount\":%d}".formatted(customer(payment), amount));
    answers.put(payment, status);
    if (status == 0) {
      // Nobody is there.
      Load.pause(200);
    }
  }

  /** Waits until everything is told, or has had more time than it can need. */
  private static void awaitEnd(ServiceProcess order) {
    for (int i = 0; i < 240; i++) {
      String notifications = order.text("/demo/notifications");
      if (!notifications.isEmpty() && !notifications.contains("\"PENDING\"")) {
        return;
      }
      Load.pause(250);
    }
  }

  private void check() throws SQLException {
    List<String> violations = new ArrayList<>();
    Set<Integer> paid = new HashSet<>();
    int attempts;
    try (Connection orders = services.database("order")) {
      try (ResultSet rows =
          BothServices.query(orders, "select * from account where customer like 'c%'")) {
        while (rows.next()) {
          int spent = rows.getInt("spent");
          if (rows.getInt("balance") + spent != BALANCE || spent != 0 && spent != AMOUNT) {
            violations.add("%s spent %d".formatted(rows.getString("customer"), spent));
          }
          if (spent != 0) {
            paid.add(Integer.valueOf(rows.getString("customer").substring(1)));
          }
        }
      }
      Set<Integer> stored = new HashSet<>();
      try (ResultSet rows = BothServices.query(orders, "select * from tcc_notification")) {
        while (rows.next()) {
          int payment = Integer.parseInt(rows.getString("business_number").substring(1));
          stored.add(payment);
          if (!rows.getString("state").equals("DELIVERED")) {
            violations.add(
                "the notification of payment %d is %s".formatted(payment, rows.getString("state")));
          }
          Set<String> ids = told.getOrDefault(payment, Set.of());
          if (ids.size() != 1) {
            violations.add("the bookkeeper was told of payment %d as %s".formatted(payment, ids));
          }
        }
      }
      if (!stored.equals(paid)) {
        violations.add("notifications are of %s, payments are %s".formatted(stored, paid));
      }
      try (ResultSet rows =
          BothServices.query(orders, "select count(*) from tcc_notification_attempt")) {
        rows.next();
        attempts = rows.getInt(1);
      }
    }
    told.keySet().stream()
        .filter(payment -> !paid.contains(payment))
        .forEach(payment -> violations.add("told, but not paid: " + payment));
    answers.forEach(
        (payment, status) -> {
          if (status == 200 && !paid.contains(payment)) {
            violations.add("payment " + payment + " was answered OK, and is lost");
          }
          if (status == 409 && paid.contains(payment)) {
            violations.add("payment " + payment + " was refused, and is paid");
          }
          if (status != 0 && status != (isTooMuch(payment) ? 409 : 200)) {
            violations.add("payment " + payment + " was answered " + status);
          }
        });
    long unanswered = answers.values().stream().filter(status -> status == 0).count();
    System.out.printf(
        "%s: %d kills, %d payments tried, %d without an answer, %d paid and told, %d attempts noted"
            + " of %d calls: %d violations%n",
        BothServices.kind(),
        KILLS,
        answers.size(),
        unanswered,
        paid.size(),
        attempts,
        calls.get(),
        violations.size());
    assertThat(violations).isEmpty();
    assertThat(paid).isNotEmpty();
    assertThat(paid.size()).isLessThan(answers.size());
    assertThat(attempts).as("attempts, some of them again").isGreaterThan(paid.size());
  }
}
