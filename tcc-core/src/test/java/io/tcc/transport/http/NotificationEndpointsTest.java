package io.tcc.transport.http;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.tcc.cluster.MovableClock;
import io.tcc.context.TransactionContext;
import io.tcc.log.LocalSettings;
import io.tcc.log.jdbc.JdbcAuditLog;
import io.tcc.log.jdbc.JdbcInboxLog;
import io.tcc.log.jdbc.JdbcNotificationLog;
import io.tcc.log.jdbc.Schema;
import io.tcc.log.jdbc.SpringLocalTransactions;
import io.tcc.log.jdbc.Tables;
import io.tcc.log.json.JsonPayloadCodec;
import io.tcc.protocol.notification.NotificationDesk;
import io.tcc.protocol.notification.NotificationReceiver;
import io.tcc.protocol.notification.NotificationReceiver.Listener;
import io.tcc.testing.Database;
import io.tcc.testing.EveryDatabase;
import io.tcc.testing.OnDatabase;
import io.tcc.testing.TestDatabase;
import io.tcc.transaction.Instance;
import io.tcc.transaction.Notification;
import io.tcc.transaction.NotificationAttempt;
import io.tcc.transaction.NotificationState;
import io.tcc.transaction.Site;
import io.tcc.transport.Refusal;
import io.tcc.transport.Refusals;
import jakarta.servlet.http.HttpServlet;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CyclicBarrier;
import java.util.function.Consumer;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.springframework.jdbc.core.JdbcTemplate;
import org.springframework.jdbc.support.JdbcTransactionManager;
import org.springframework.mock.web.MockHttpServletRequest;
import org.springframework.mock.web.MockHttpServletResponse;

/** What other parties can do at the endpoints of notification: deliver one, and ask for theirs. */
class NotificationEndpointsTest {

  private static final Instant NOW = Instant.parse("2026-01-01T00:00:00Z");
  private static final Duration LIMIT = Duration.ofSeconds(5);
  private static final String OLD = WebhookSignaturesTest.secret(1);
  private static final String SECRET = WebhookSignaturesTest.secret(2);
  private static final String OF_OTHER = WebhookSignaturesTest.secret(3);

  private static String random() {
    return UUID.randomUUID().toString().replace("-", "");
  }

  /** A request that is right in every respect, until a test spoils it. */
  private static MockHttpServletRequest signed(
      String party, String id, Instant at, String body, String secret) {
    MockHttpServletRequest request = new MockHttpServletRequest("POST", "/tcc/x/" + party);
    request.setPathInfo("/" + party);
    request.setContentType("application/json");
    request.setContent(body.getBytes(UTF_8));
    request.addHeader("webhook-id", id);
    request.addHeader("webhook-timestamp", Long.toString(at.getEpochSecond()));
    request.addHeader(
        "webhook-signature",
        new WebhookSignatures(List.of(secret)).sign(id, at, body.getBytes(UTF_8)));
    return request;
  }

  private static MockHttpServletResponse response(
      HttpServlet servlet, MockHttpServletRequest request) {
    MockHttpServletResponse response = new MockHttpServletResponse();
    try {
      servlet.service(request, response);
    } catch (Exception e) {
      throw new AssertionError(e);
    }
    return response;
  }

  /** What a hostile or broken sender may send, with the status that answers it. */
  private record Bad(
      String what, int status, Refusal reason, Consumer<MockHttpServletRequest> spoil) {}

  private static Stream<Bad> bad() {
    return Stream.of(
        new Bad("another secret", 403, Refusal.FORGED, request -> resign(request, OF_OTHER, NOW)),
        new Bad(
            "a changed body",
            403,
            Refusal.FORGED,
            request -> request.setContent("{\"type\":\"payment\"}".getBytes(UTF_8))),
        new Bad(
            "an old time",
            403,
            Refusal.STALE,
            request -> resign(request, SECRET, NOW.minusSeconds(301))),
        new Bad(
            "a time to come",
            403,
            Refusal.STALE,
            request -> resign(request, SECRET, NOW.plusSeconds(301))),
        new Bad(
            "a renewed time under the old signature",
            403,
            Refusal.FORGED,
            request -> {
              request.removeHeader("webhook-timestamp");
              request.addHeader("webhook-timestamp", Long.toString(NOW.getEpochSecond() + 1));
            }),
        new Bad(
            "no number as time",
            400,
            Refusal.MALFORMED,
            request -> {
              request.removeHeader("webhook-timestamp");
              request.addHeader("webhook-timestamp", "yesterday");
            }),
        new Bad(
            "no signature",
            403,
            Refusal.UNSIGNED,
            request -> request.removeHeader("webhook-signature")),
        new Bad("no id", 403, Refusal.UNSIGNED, request -> request.removeHeader("webhook-id")),
        new Bad(
            "two signatures",
            403,
            Refusal.UNSIGNED,
            request -> request.addHeader("webhook-signature", "v1,AAAA")),
        new Bad(
            "a signature without end",
            413,
            Refusal.OVERSIZED,
            request -> {
              request.removeHeader("webhook-signature");
              request.addHeader("webhook-signature", "v1,AAAA ".repeat(1000));
            }),
        new Bad(
            "a body without end",
            413,
            Refusal.OVERSIZED,
            request -> request.setContent(new byte[70_000])),
        new Bad("a GET", 405, Refusal.MALFORMED, request -> request.setMethod("GET")),
        new Bad("no JSON", 405, Refusal.MALFORMED, request -> request.setContentType("text/plain")),
        new Bad(
            "an unknown name", 404, Refusal.UNSIGNED, request -> request.setPathInfo("/nobody")),
        new Bad("no name", 404, Refusal.UNSIGNED, request -> request.setPathInfo(null)));
  }

  private static void resign(MockHttpServletRequest request, String secret, Instant at) {
    byte[] body = request.getContentAsByteArray();
    String id = request.getHeader("webhook-id");
    request.removeHeader("webhook-timestamp");
    request.removeHeader("webhook-signature");
    request.addHeader("webhook-timestamp", Long.toString(at.getEpochSecond()));
    request.addHeader(
        "webhook-signature", new WebhookSignatures(List.of(secret)).sign(id, at, body));
  }

  /** The endpoint that takes notifications. */
  @Nested
  class Receiving {

    private static final String BODY =
        "{\"type\":\"payment\",\"number\":\"p1\",\"data\":{\"cents\":100}}";

    record Payment(long cents) {}

    private final Refusals refusals = new Refusals(List.of());
    private JdbcTemplate sql;
    private NotificationReceiver receiver;
    private NotificationServlet servlet;

    @BeforeEach
    void start(Database database) {
      Tables tables = Tables.withDefaultPrefix();
      new Schema(database.dataSource(), tables).create();
      MovableClock clock = new MovableClock(NOW);
      sql = new JdbcTemplate(database.dataSource());
      sql.execute("create table booking (number varchar(20), cents bigint)");
      receiver =
          new NotificationReceiver(
              new TransactionContext(),
              new SpringLocalTransactions(
                  new JdbcTransactionManager(database.dataSource()), database.dataSource()),
              new JdbcInboxLog(database.dataSource(), tables, clock),
              new JsonPayloadCodec(10_000),
              NotificationEndpointsTest::random,
              Set.of("order"),
              LIMIT);
      servlet =
          new NotificationServlet(
              receiver,
              Map.of("order", new WebhookSignatures(List.of(SECRET, OLD))),
              64 * 1024,
              clock,
              refusals);
    }

    private void listen(NotificationReceiver.Invocation invocation) {
      receiver.register(
          new Listener("order", "", Payment.class, LocalSettings.DEFAULT_ISOLATION, invocation));
    }

    private void book() {
      listen((subject, data) -> insert(subject, (Payment) data));
    }

    private void insert(Notification.Subject subject, Payment payment) {
      sql.update("insert into booking values (?, ?)", subject.number(), payment.cents());
    }

    private List<String> booked() {
      return sql.queryForList("select number from booking order by number", String.class);
    }

    private MockHttpServletResponse deliver(String id) {
      return response(servlet, signed("order", id, NOW, BODY, SECRET));
    }

    private int remembered() {
      return sql.queryForObject("select count(*) from tcc_inbox", Integer.class);
    }

    @EveryDatabase
    void aNotificationIsTakenOnceAndAcknowledgedEachTime() throws Exception {
      book();
      for (int i = 0; i < 3; i++) {
        MockHttpServletResponse response = deliver("msg_1");
        assertThat(response.getStatus()).isEqualTo(200);
        assertThat(response.getContentAsString()).isEqualTo("success");
      }
      assertThat(booked()).containsExactly("p1");
      deliver("msg_2");
      assertThat(booked()).as("another id is another notification").containsExactly("p1", "p1");
    }

    @EveryDatabase
    void deliveredTwiceAtTheSameTimeItIsTakenOnce() {
      CyclicBarrier both = new CyclicBarrier(2);
      listen(
          (subject, data) -> {
            insert(subject, (Payment) data);
            // Time for the other one to come; it waits for this one's row.
            Thread.sleep(100);
          });
      List<CompletableFuture<Integer>> deliveries =
          Stream.of(1, 2)
              .map(
                  n ->
                      CompletableFuture.supplyAsync(
                          () -> {
                            await(both);
                            return deliver("msg_1").getStatus();
                          }))
              .toList();
      deliveries.forEach(each -> assertThat(each.join()).isIn(200, 503));
      assertThat(booked()).containsExactly("p1");
      assertThat(deliver("msg_1").getStatus()).isEqualTo(200);
      assertThat(booked()).containsExactly("p1");
    }

    private static void await(CyclicBarrier barrier) {
      try {
        barrier.await();
      } catch (Exception e) {
        throw new AssertionError(e);
      }
    }

    @EveryDatabase
    void aListenerThatThrowsLeavesNothingAndIsCalledAgain() {
      boolean[] fails = {true};
      listen(
          (subject, data) -> {
            insert(subject, (Payment) data);
            if (fails[0]) {
              throw new Exception("the disk is full");
            }
          });
      MockHttpServletResponse response = deliver("msg_1");
      assertThat(response.getStatus()).isEqualTo(503);
      assertThat(booked()).isEmpty();
      assertThat(remembered()).isZero();
      fails[0] = false;
      assertThat(deliver("msg_1").getStatus()).isEqualTo(200);
      assertThat(booked()).containsExactly("p1");
    }

    @EveryDatabase
    void whatMustNotBeBelievedIsRefusedAndChangesNothing() {
      book();
      bad()
          .forEach(
              bad -> {
                MockHttpServletRequest request = signed("order", "msg_1", NOW, BODY, SECRET);
                bad.spoil().accept(request);
                long before = refusals.count(bad.reason());
                assertThat(response(servlet, request).getStatus())
                    .as(bad.what())
                    .isEqualTo(bad.status());
                assertThat(refusals.count(bad.reason())).as(bad.what()).isEqualTo(before + 1);
              });
      assertThat(booked()).isEmpty();
      assertThat(remembered()).isZero();
      assertThat(deliver("msg_1").getStatus()).as("the right one is taken").isEqualTo(200);
    }

    @EveryDatabase
    void bothSecretsAreAcceptedWhileOneIsExchanged() {
      book();
      assertThat(response(servlet, signed("order", "msg_1", NOW, BODY, OLD)).getStatus())
          .isEqualTo(200);
      assertThat(response(servlet, signed("order", "msg_2", NOW, BODY, SECRET)).getStatus())
          .isEqualTo(200);
    }

    @EveryDatabase
    void timeMayBeOffByFiveMinutes() {
      book();
      for (int seconds : List.of(-300, 300)) {
        Instant at = NOW.plusSeconds(seconds);
        assertThat(
                response(servlet, signed("order", "msg" + seconds, at, BODY, SECRET)).getStatus())
            .isEqualTo(200);
      }
    }

    @EveryDatabase
    void whatTheListenerCannotTakeIsRefused() {
      book();
      for (String body :
          List.of(
              "[]",
              "{",
              "null",
              "{\"type\":\"payment\",\"data\":{\"cents\":1}}",
              "{\"type\":\"payment\",\"number\":\"p1\"}",
              "{\"type\":\"payment\",\"number\":\"p1\",\"data\":{\"cents\":\"many\"}}")) {
        assertThat(response(servlet, signed("order", "msg_1", NOW, body, SECRET)).getStatus())
            .as(body)
            .isEqualTo(400);
      }
      assertThat(booked()).isEmpty();
      assertThat(remembered()).isZero();
    }

    @EveryDatabase
    void theListenerOfATypeComesBeforeTheOneOfAllAndWithoutEitherItIsRefused() {
      receiver.register(
          new Listener(
              "order",
              "refund",
              Payment.class,
              LocalSettings.DEFAULT_ISOLATION,
              (subject, data) -> sql.update("insert into booking values ('refund', 0)")));
      assertThat(deliver("msg_1").getStatus()).as("nobody listens to payments").isEqualTo(400);
      book();
      deliver("msg_1");
      response(servlet, signed("order", "msg_2", NOW, BODY.replace("payment", "refund"), SECRET));
      assertThat(booked()).containsExactly("p1", "refund");
    }
  }

  /** The endpoint that answers those who are notified. */
  @Nested
  @OnDatabase(TestDatabase.H2)
  class Asking {

    private final Refusals refusals = new Refusals(List.of());
    private final MovableClock clock = new MovableClock(NOW);
    private JdbcNotificationLog log;
    private SpringLocalTransactions local;
    private NotificationQueryServlet servlet;

    @BeforeEach
    void start(Database database) {
      Tables tables = Tables.withDefaultPrefix();
      new Schema(database.dataSource(), tables).create();
      log = new JdbcNotificationLog(database.dataSource(), tables, clock);
      local =
          new SpringLocalTransactions(
              new JdbcTransactionManager(database.dataSource()), database.dataSource());
      Instance instance =
          new Instance(
              new Site("order", random()), "order-1", clock, NotificationEndpointsTest::random);
      servlet =
          new NotificationQueryServlet(
              new NotificationDesk(
                  instance, log, new JdbcAuditLog(database.dataSource(), tables), local, LIMIT),
              Map.of(
                  "partner", new WebhookSignatures(List.of(SECRET, OLD)),
                  "other", new WebhookSignatures(List.of(OF_OTHER))),
              clock,
              refusals);
    }

    private String stored(String target, String number, NotificationState state) {
      String id = random();
      separately(
          () ->
              log.insert(
                  new Notification(
                      id,
                      target,
                      new Notification.Subject("payment", number),
                      "{\"type\":\"payment\",\"number\":\"" + number + "\",\"data\":{\"cents\":7}}",
                      state,
                      0,
                      "order-1",
                      1,
                      clock.instant(),
                      clock.instant(),
                      null)));
      return id;
    }

    private void separately(Runnable work) {
      local.separate(
          LIMIT,
          () -> {
            work.run();
            return true;
          });
    }

    private MockHttpServletResponse ask(String target, String question, String secret) {
      return response(servlet, signed(target, "query_1", NOW, question, secret));
    }

    private String answer(String question) {
      MockHttpServletResponse response = ask("partner", question, SECRET);
      assertThat(response.getStatus()).isEqualTo(200);
      try {
        return response.getContentAsString();
      } catch (Exception e) {
        throw new AssertionError(e);
      }
    }

    @Test
    void aTargetLearnsTheBusinessResultTheStateAndTheAttemptsInEveryState() {
      for (NotificationState state : NotificationState.values()) {
        String id = stored("partner", state.name(), state);
        separately(
            () ->
                log.append(
                    new NotificationAttempt(
                        id,
                        1,
                        NOW,
                        Duration.ofMillis(12),
                        NotificationAttempt.Result.REFUSED,
                        500,
                        "their own answer",
                        "what went wrong in here")));
        assertThat(answer("{\"type\":\"payment\",\"number\":\"" + state + "\"}"))
            .isEqualTo(
                "{\"id\":\"msg_"
                    + id
                    + "\",\"type\":\"payment\",\"number\":\""
                    + state
                    + "\",\"state\":\""
                    + state
                    + "\",\"stored\":\"2026-01-01T00:00:00Z\",\"data\":{\"cents\":7},\"attempts\":"
                    + "[{\"at\":\"2026-01-01T00:00:00Z\",\"latencyMillis\":12,\"result\":\"REFUSED\","
                    + "\"status\":500}]}");
      }
      assertThat(ask("partner", "{\"type\":\"payment\",\"number\":\"none\"}", SECRET).getStatus())
          .isEqualTo(404);
    }

    @Test
    void aTargetLearnsOfItsOwnNotificationsOnly() {
      stored("partner", "p1", NotificationState.PENDING);
      String question = "{\"type\":\"payment\",\"number\":\"p1\"}";
      assertThat(ask("other", question, OF_OTHER).getStatus()).isEqualTo(404);
      assertThat(ask("partner", question, OF_OTHER).getStatus()).isEqualTo(403);
      assertThat(ask("partner", question, OLD).getStatus()).as("an older secret").isEqualTo(200);
      stored("other", "o1", NotificationState.PENDING);
      assertThat(answer("{\"since\":\"2020-01-01T00:00:00Z\"}"))
          .contains("p1")
          .doesNotContain("o1");
    }

    @Test
    void whatMustNotBeBelievedIsRefused() {
      stored("partner", "p1", NotificationState.PENDING);
      bad()
          .forEach(
              bad -> {
                MockHttpServletRequest request =
                    signed(
                        "partner",
                        "query_1",
                        NOW,
                        "{\"type\":\"payment\",\"number\":\"p1\"}",
                        SECRET);
                bad.spoil().accept(request);
                assertThat(response(servlet, request).getStatus())
                    .as(bad.what())
                    .isEqualTo(bad.status());
                assertThat(refusals.count(bad.reason())).as(bad.what()).isPositive();
              });
    }

    @Test
    void aNotificationThatSomebodyHasRecordedIsNoQuestion() {
      stored("partner", "p1", NotificationState.PENDING);
      MockHttpServletRequest replayed =
          signed("partner", "msg_1", NOW, "{\"type\":\"payment\",\"number\":\"p1\"}", SECRET);
      assertThat(response(servlet, replayed).getStatus()).isEqualTo(400);
    }

    @Test
    void pagesFollowEachOtherInTheOrderOfStoringAndMissNothing() {
      for (int i = 0; i < 5; i++) {
        stored("partner", "p" + i, NotificationState.PENDING);
        if (i % 2 == 1) {
          clock.advance(Duration.ofSeconds(1));
        }
      }
      List<String> seen = new ArrayList<>();
      String question = "{\"since\":\"2026-01-01T00:00:00Z\",\"limit\":2}";
      for (int page = 0; page < 5; page++) {
        String answer = answer(question);
        Matcher numbers = Pattern.compile("\"number\":\"(p.)\"").matcher(answer);
        while (numbers.find()) {
          seen.add(numbers.group(1));
        }
        String next = answer.substring(answer.indexOf("\"next\":") + 7, answer.length() - 1);
        if (next.equals("null")) {
          break;
        }
        question = next;
      }
      assertThat(seen).containsExactlyInAnyOrder("p0", "p1", "p2", "p3", "p4");
      assertThat(seen.get(4)).isEqualTo("p4");
    }

    @Test
    void aPageIsOfWhatIsInAStateSinceATime() {
      stored("partner", "old", NotificationState.GIVEN_UP);
      clock.advance(Duration.ofSeconds(1));
      stored("partner", "new", NotificationState.GIVEN_UP);
      stored("partner", "pending", NotificationState.PENDING);
      String answer = answer("{\"since\":\"2026-01-01T00:00:01Z\",\"state\":\"GIVEN_UP\"}");
      assertThat(answer)
          .contains("\"new\"")
          .doesNotContain("\"old\"")
          .doesNotContain("\"pending\"");
      assertThat(answer).endsWith("\"next\":null}");
    }

    @Test
    void whatIsNoQuestionIsRefused() {
      for (String question :
          List.of(
              "{}",
              "[]",
              "null",
              "{",
              "{\"type\":\"payment\"}",
              "{\"since\":\"yesterday\"}",
              "{\"since\":\"2026-01-01T00:00:00Z\",\"state\":\"LOST\"}",
              "{\"since\":\"2026-01-01T00:00:00Z\",\"limit\":1001}",
              "{\"since\":\"2026-01-01T00:00:00Z\",\"limit\":0}",
              "{\"since\":\"2026-01-01T00:00:00Z\",\"after\":\"'; drop table x\"}",
              "{\"type\":\"payment\",\"number\":\"p1\",\"target\":\"other\"}")) {
        assertThat(ask("partner", question, SECRET).getStatus()).as(question).isEqualTo(400);
      }
    }
  }
}
