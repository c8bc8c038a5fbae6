package io.tcc.transport.http;

import static org.assertj.core.api.Assertions.assertThat;

import io.tcc.annotation.Outbox;
import io.tcc.annotation.OutboxListener;
import io.tcc.annotation.OutboxReply;
import io.tcc.log.MessageLog;
import io.tcc.transaction.MessageRejectedException;
import io.tcc.transaction.MessageResult;
import io.tcc.transaction.MessageState;
import io.tcc.transaction.ReceivedMessage;
import io.tcc.transaction.Site;
import io.tcc.transport.Refusal;
import io.tcc.transport.Signatures;
import io.tcc.wiring.OutboxSystem;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Messages from service to service over HTTP, and what is refused at the two endpoints. */
class MessagesBetweenServicesTest {

  private static final String ID = "0123456789abcdef0123456789abcdef";

  private static final HttpClient HTTP = HttpClient.newHttpClient();

  private static RunningServices services;
  private static RunningService order;
  private static RunningService inventory;

  record Purchase(String item, int quantity) {}

  /** The sender's business. */
  static class Orders {
    private final List<String> told = new CopyOnWriteArrayList<>();

    public List<String> told() {
      return told;
    }

    @Outbox(topic = "purchases", key = "#result.item")
    public Purchase place(String item, int quantity) {
      return new Purchase(item, quantity);
    }

    @OutboxReply(topic = "purchases")
    public void told(MessageResult result, Purchase purchase) {
      told.add(purchase.item() + " " + result.consumed() + " " + result.reason());
    }
  }

  /** The receiver's business. */
  static class Warehouse {
    final List<String> taken = new CopyOnWriteArrayList<>();

    @OutboxListener(topic = "purchases")
    public void take(Purchase purchase, ReceivedMessage message) {
      if (purchase.quantity() > 100) {
        throw new MessageRejectedException("only 100 are left");
      }
      taken.add(purchase.item() + " from " + message.sender());
    }
  }

  @BeforeAll
  static void start() {
    services = new RunningServices("order", "inventory");
    order = services.start("order", Orders.class);
    inventory = services.start("inventory", Warehouse.class);
  }

  @AfterAll
  static void stop() {
    services.close();
  }

  private static void relayBoth() {
    order.bean(OutboxSystem.class).relay().runOnce();
    inventory.bean(OutboxSystem.class).relay().runOnce();
  }

  private static List<String> states(RunningService service) {
    return service
        .jdbc()
        .queryForList("select state from tcc_message order by sequence", String.class);
  }

  @Test
  void aMessageIsExecutedAndItsResultComesBack() {
    order.jdbc().update("delete from tcc_message");
    order.bean(Orders.class).place("book", 2);
    order.bean(Orders.class).place("pen", 101);
    assertThat(states(order)).containsExactly("PENDING", "PENDING");

    relayBoth();

    assertThat(inventory.bean(Warehouse.class).taken).contains("book from order");
    assertThat(states(order)).containsExactly("CONSUMED", "REJECTED");
    assertThat(order.bean(Orders.class).told())
        .contains("book true null", "pen false only 100 are left");
    assertThat(states(inventory)).containsOnly("SENT");
  }

  @Test
  void whatDoesNotFitIntoOneCallIsSplit() {
    order.jdbc().update("delete from tcc_message");
    String large = "x".repeat(9_000);
    for (int i = 0; i < 4; i++) {
      order.bean(Orders.class).place(i + large.substring(0, 100), 1);
    }
    order.jdbc().update("update tcc_message set body = ?", body("y".repeat(90_000)));

    relayBoth();
    relayBoth();

    assertThat(states(order)).containsOnly("CONSUMED");
  }

  private static String body(String item) {
    return "{\"message\":{\"item\":\"" + item + "\",\"quantity\":1}}";
  }

  @Test
  void aReceiverThatIsNotThereAcceptsNothing() {
    order.jdbc().update("delete from tcc_message");
    order.bean(Orders.class).place("lost", 1);
    order.jdbc().update("update tcc_message set destination = 'nowhere'");

    relayBoth();

    assertThat(states(order)).containsExactly("PENDING");
    assertThat(order.jdbc().queryForObject("select last_error from tcc_message", String.class))
        .contains("tcc.services.nowhere.url");
  }

  /** A call that is right, unless changed. */
  private static final class Call {
    String operation = "/deliver";
    String body = delivery(ID, "purchases", Instant.now().toEpochMilli());
    Site from = order.instance().site();
    Site to = inventory.instance().site();
    Instant sent = Instant.now();
    String secret = RunningService.SECRET;
    boolean signed = true;
    String method = "POST";
    String type = "application/json";
    String signedBody;

    int send() throws IOException, InterruptedException {
      HttpRequest.Builder request =
          HttpRequest.newBuilder(URI.create(inventory.url() + "/tcc" + operation))
              .timeout(Duration.ofSeconds(20))
              .header("Content-Type", type);
      if (signed) {
        byte[] bytes = (signedBody == null ? body : signedBody).getBytes(StandardCharsets.UTF_8);
        request.header(
            CoordinationSignature.NAME,
            CoordinationSignature.of(
                    from, to, sent, operation, bytes, new Signatures(List.of(secret)))
                .toString());
      }
      request.method(method, HttpRequest.BodyPublishers.ofString(body));
      return HTTP.send(request.build(), HttpResponse.BodyHandlers.discarding()).statusCode();
    }
  }

  private static String delivery(String id, String topic, long stored) {
    return """
        {"within":5000,"messages":[{"id":"%s","topic":"%s","key":null,"stored":%d,"answer":true,\
        "trace":null,"body":"{\\"message\\":{\\"item\\":\\"hostile\\",\\"quantity\\":1}}"}]}"""
        .formatted(id, topic, stored);
  }

  private static String report(String id, String result) {
    return "{\"results\":[{\"message\":\"%s\",\"result\":\"%s\",\"reason\":null}]}"
        .formatted(id, result);
  }

  private static void isRefused(String what, int status, Call call) throws Exception {
    Object before = inventory.contents();
    long refusals = refusals();
    assertThat(call.send()).as(what).isEqualTo(status);
    assertThat(inventory.contents()).as(what + ": nothing changed").isEqualTo(before);
    assertThat(refusals()).as(what + ": counted").isEqualTo(refusals + 1);
  }

  private static long refusals() {
    long sum = 0;
    for (Refusal reason : Refusal.values()) {
      sum += inventory.refusals().count(reason);
    }
    return sum;
  }

  @Test
  void hostileCallsChangeNothing() throws Exception {
    for (String operation : List.of("/deliver", "/reply")) {
      Call unsigned = call(operation);
      unsigned.signed = false;
      isRefused("unsigned", 400, unsigned);
      Call forged = call(operation);
      forged.secret = "another secret of another service";
      isRefused("forged", 403, forged);
      Call tampered = call(operation);
      tampered.signedBody = tampered.body + " ";
      isRefused("tampered", 403, tampered);
      Call stale = call(operation);
      stale.sent = Instant.now().minus(Duration.ofHours(1));
      isRefused("stale", 403, stale);
      Call misdirected = call(operation);
      misdirected.to = new Site("billing", inventory.instance().site().log());
      isRefused("for another service", 421, misdirected);
      Call otherLog = call(operation);
      otherLog.to = new Site("inventory", ID);
      isRefused("for another log", 503, otherLog);
      Call anonymous = call(operation);
      anonymous.from = Site.ofUnknownLog("order");
      isRefused("without a log to reply to", 400, anonymous);
      Call read = call(operation);
      read.method = "PUT";
      isRefused("no POST", 405, read);
      Call form = call(operation);
      form.type = "text/plain";
      isRefused("no JSON", 415, form);
      Call large = call(operation);
      large.body = " ".repeat(300_000) + large.body;
      isRefused("oversized", 413, large);
      Call twice = call(operation);
      int first = twice.body.indexOf('[') + 1;
      int last = twice.body.lastIndexOf(']');
      twice.body =
          twice.body.substring(0, last)
              + ","
              + twice.body.substring(first, last)
              + twice.body.substring(last);
      isRefused("the same twice", 400, twice);
      Call extra = call(operation);
      extra.body = extra.body.replaceFirst("\\{", "{\"more\":1,");
      isRefused("unknown field", 400, extra);
    }
    for (String body :
        List.of(
            "null",
            "[]",
            "{",
            "{\"within\":5000,\"messages\":[]}",
            "{\"within\":5000,\"messages\":[null]}",
            delivery("x", "purchases", 1),
            delivery(ID, "no topic", 1),
            delivery(ID, "purchases", -1),
            delivery(ID, "purchases", Long.MAX_VALUE),
            delivery(ID, "purchases", 1).replace("5000", "0"),
            delivery(ID, "purchases", 1).replace("5000", "3600000"),
            delivery(ID, "purchases", 1).replace("\"key\":null", "\"key\":\" \""),
            delivery(ID, "purchases", 1)
                .replace("\"trace\":null", "\"trace\":\"" + "0".repeat(101) + "\""))) {
      Call call = call("/deliver");
      call.body = body;
      isRefused(body, 400, call);
    }
    for (String body :
        List.of(
            "null",
            "{\"results\":[]}",
            report("x", "CONSUMED"),
            report(ID, "PENDING"),
            report(ID, "consumed"),
            report(ID, "REJECTED").replace("null", "\"" + "r".repeat(501) + "\""))) {
      Call call = call("/reply");
      call.body = body;
      isRefused(body, 400, call);
    }
    Call anyLog = call("/reply");
    anyLog.to = Site.ofUnknownLog("inventory");
    isRefused("a report for any log", 400, anyLog);
  }

  private static Call call(String operation) {
    Call call = new Call();
    call.operation = operation;
    if (operation.equals("/reply")) {
      call.body = report(ID, "CONSUMED");
    }
    return call;
  }

  @Test
  void onlyTheReceiverOfAMessageTellsItsResult() throws Exception {
    inventory.jdbc().update("delete from tcc_message");
    MessageLog messages = inventory.bean(MessageLog.class);
    io.tcc.transaction.Message message =
        io.tcc.transaction.Message.born(
            ID, "purchases", null, null, "billing", null, "{}", false, Instant.now());
    messages.insert(message);

    assertThat(call("/reply").send()).isEqualTo(200);
    assertThat(messages.find(ID).orElseThrow().state()).isEqualTo(MessageState.PENDING);

    Call right = call("/reply");
    right.from = new Site("billing", order.instance().site().log());
    assertThat(right.send()).isEqualTo(200);
    assertThat(messages.find(ID).orElseThrow().state()).isEqualTo(MessageState.CONSUMED);
    inventory.jdbc().update("delete from tcc_message");
  }
}
