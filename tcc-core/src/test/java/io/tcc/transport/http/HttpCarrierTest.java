package io.tcc.transport.http;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import com.sun.net.httpserver.HttpsConfigurator;
import com.sun.net.httpserver.HttpsServer;
import io.tcc.protocol.notification.Acknowledgement;
import io.tcc.protocol.notification.Answer;
import io.tcc.protocol.notification.Schedule;
import io.tcc.protocol.notification.Target;
import io.tcc.transaction.Notification;
import io.tcc.transaction.NotificationAttempt.Result;
import io.tcc.transaction.NotificationState;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyStore;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Calls over real sockets; names are looked up by the test. */
class HttpCarrierTest {

  private static final String SECRET = WebhookSignaturesTest.secret(7);
  private static final Instant AT = Instant.parse("2026-01-01T00:00:00Z");
  private static final Duration PATIENCE = Duration.ofSeconds(20);
  private static final String LOOPBACK = "127.0.0.0/8";

  private static final Notification NOTIFICATION =
      new Notification(
          "0123456789abcdef0123456789abcdef",
          "partner",
          new Notification.Subject("payment", "p1"),
          "{\"data\":\"€\"}",
          NotificationState.PENDING,
          0,
          "order-1",
          1,
          AT,
          AT,
          null);

  private record Received(String host, String body, String id, String time, String signature) {}

  private final List<Received> received = new CopyOnWriteArrayList<>();
  private final Deque<String> lookedUp = new ArrayDeque<>();
  private final List<AutoCloseable> open = new ArrayList<>();
  private final ExecutorService threads = Executors.newCachedThreadPool();
  private HttpServer server;

  @BeforeEach
  void start() throws IOException {
    server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    serve(server);
  }

  private void serve(HttpServer any) {
    any.setExecutor(threads);
    any.start();
    open.add(() -> any.stop(0));
  }

  @AfterEach
  void stop() throws Exception {
    for (AutoCloseable each : open) {
      each.close();
    }
    threads.shutdownNow();
  }

  /** What the server does with a request. */
  private interface Reaction {
    void to(HttpExchange exchange) throws IOException;
  }

  private void on(HttpServer any, String path, Reaction reaction) {
    any.createContext(
        path,
        exchange -> {
          received.add(
              new Received(
                  exchange.getRequestHeaders().getFirst("Host"),
                  new String(exchange.getRequestBody().readAllBytes(), UTF_8),
                  exchange.getRequestHeaders().getFirst("webhook-id"),
                  exchange.getRequestHeaders().getFirst("webhook-timestamp"),
                  exchange.getRequestHeaders().getFirst("webhook-signature")));
          try (exchange) {
            reaction.to(exchange);
          }
        });
  }

  private static void reply(HttpExchange exchange, int status, String body) throws IOException {
    byte[] bytes = body.getBytes(UTF_8);
    exchange.sendResponseHeaders(status, bytes.length == 0 ? -1 : bytes.length);
    exchange.getResponseBody().write(bytes);
  }

  private AddressGuard guard(List<String> allowed) {
    return new AddressGuard(
        List.of("partner.example", "other.example"),
        allowed,
        host -> {
          String literal = lookedUp.size() > 1 ? lookedUp.poll() : lookedUp.peek();
          return new InetAddress[] {InetAddress.getByName(literal == null ? "127.0.0.1" : literal)};
        });
  }

  private Target target(String url, Duration timeout) {
    return new Target(
        "partner",
        URI.create(url),
        List.of(SECRET),
        Schedule.SVIX,
        Acknowledgement.STATUS,
        timeout,
        2,
        true);
  }

  private String url(String path) {
    return "http://partner.example:" + server.getAddress().getPort() + path;
  }

  private Answer call(Target target, List<String> allowed) throws Exception {
    return carrier(target, guard(allowed), SSLContext.getDefault()).call(target, NOTIFICATION, AT);
  }

  private HttpCarrier carrier(Target target, AddressGuard guard, SSLContext tls) {
    HttpCarrier carrier = new HttpCarrier(List.of(target), guard, tls);
    open.add(carrier);
    return carrier;
  }

  private Answer call(String path) throws Exception {
    return call(target(url(path), PATIENCE), List.of(LOOPBACK));
  }

  @Test
  void whatIsSentIsSignedAndTheCheckedAddressIsConnectedToUnderTheHostsName() throws Exception {
    on(server, "/hook", exchange -> reply(exchange, 201, "thank you"));

    assertThat(call("/hook")).isEqualTo(new Answer.Response(201, "thank you", null));

    // partner.example is known to the test's look-up only: it was the one that connected.
    Received request = received.get(0);
    assertThat(request.host()).isEqualTo("partner.example:" + server.getAddress().getPort());
    assertThat(request.body()).isEqualTo("{\"data\":\"€\"}");
    assertThat(request.id()).isEqualTo("msg_" + NOTIFICATION.id());
    assertThat(request.time()).isEqualTo(Long.toString(AT.getEpochSecond()));
    assertThat(
            new WebhookSignatures(List.of(SECRET))
                .verify(request.id(), AT, request.body().getBytes(UTF_8), request.signature()))
        .isTrue();
  }

  @Test
  void anAddressThatIsNotPublicIsNotCalled() throws Exception {
    on(server, "/hook", exchange -> reply(exchange, 200, ""));

    Answer answer = call(target(url("/hook"), PATIENCE), List.of());

    assertThat(answer)
        .isEqualTo(
            new Answer.Failure(
                Result.BLOCKED,
                "partner.example stands for 127.0.0.1, which is no address of the public internet"));
    assertThat(received).isEmpty();
  }

  @Test
  void theNameIsLookedUpAndCheckedAnewForEachAttempt() throws Exception {
    on(server, "/hook", exchange -> reply(exchange, 200, ""));
    Target target = target(url("/hook"), PATIENCE);
    HttpCarrier carrier = carrier(target, guard(List.of("127.0.0.1/32")), SSLContext.getDefault());
    lookedUp.addAll(List.of("127.0.0.1", "10.0.0.1", "127.0.0.1"));

    assertThat(carrier.call(target, NOTIFICATION, AT)).isInstanceOf(Answer.Response.class);
    assertThat(carrier.call(target, NOTIFICATION, AT))
        .isInstanceOfSatisfying(
            Answer.Failure.class,
            failure -> assertThat(failure.result()).isEqualTo(Result.BLOCKED));
    assertThat(carrier.call(target, NOTIFICATION, AT)).isInstanceOf(Answer.Response.class);
    assertThat(received).hasSize(2);
  }

  @Test
  void aHostThatIsNotAllowedIsNotEvenLookedUp() throws Exception {
    Target target = target("http://evil.example:" + server.getAddress().getPort() + "/", PATIENCE);
    lookedUp.add("127.0.0.1");
    assertThat(call(target, List.of(LOOPBACK)))
        .isInstanceOfSatisfying(
            Answer.Failure.class,
            failure -> assertThat(failure.result()).isEqualTo(Result.BLOCKED));
  }

  @Test
  void aRedirectIsNotFollowed() throws Exception {
    on(
        server,
        "/moved",
        exchange -> {
          exchange.getResponseHeaders().set("Location", url("/hook"));
          reply(exchange, 302, "");
        });
    on(server, "/hook", exchange -> reply(exchange, 200, ""));

    assertThat(call("/moved")).isEqualTo(new Answer.Response(302, "", null));
    assertThat(received).hasSize(1);
  }

  @Test
  void ofAnAnswerWithoutEndOnlyTheBeginningIsRead() throws Exception {
    on(
        server,
        "/endless",
        exchange -> {
          exchange.sendResponseHeaders(200, 0);
          byte[] chunk = "x".repeat(8192).getBytes(UTF_8);
          try (OutputStream out = exchange.getResponseBody()) {
            while (true) {
              out.write(chunk);
            }
          } catch (IOException e) {
            // The caller has hung up.
          }
        });
    assertThat(call("/endless"))
        .isInstanceOfSatisfying(
            Answer.Response.class,
            response -> assertThat(response.body()).hasSize(HttpCarrier.LONGEST_ANSWER));
  }

  @Test
  void anAnswerThatDoesNotComeInTimeIsNoAnswer() throws Exception {
    CompletableFuture<Void> over = new CompletableFuture<>();
    open.add(() -> over.complete(null));
    on(server, "/silent", exchange -> over.join());

    assertThat(call(target(url("/silent"), Duration.ofMillis(300)), List.of(LOOPBACK)))
        .isEqualTo(new Answer.Failure(Result.TIMED_OUT, "no answer within PT0.3S"));
  }

  @Test
  void anAnswerThatDripsEndsWithTheTimeoutToo() throws Exception {
    on(
        server,
        "/drip",
        exchange -> {
          exchange.sendResponseHeaders(200, 0);
          try (OutputStream out = exchange.getResponseBody()) {
            for (int i = 0; i < 600; i++) {
              out.write('x');
              out.flush();
              new CompletableFuture<Void>()
                  .orTimeout(50, TimeUnit.MILLISECONDS)
                  .handle((v, e) -> v)
                  .join();
            }
          } catch (IOException e) {
            // The caller has hung up.
          }
        });
    assertThat(call(target(url("/drip"), Duration.ofMillis(400)), List.of(LOOPBACK)))
        .isEqualTo(new Answer.Failure(Result.TIMED_OUT, "no answer within PT0.4S"));
  }

  @Test
  void whereNobodyListensItIsUnreachable() throws Exception {
    int free;
    try (ServerSocket socket = new ServerSocket(0)) {
      free = socket.getLocalPort();
    }
    assertThat(call(target("http://partner.example:" + free + "/", PATIENCE), List.of(LOOPBACK)))
        .isInstanceOfSatisfying(
            Answer.Failure.class,
            failure -> assertThat(failure.result()).isEqualTo(Result.UNREACHABLE));
  }

  @Test
  void retryAfterIsReadAsSecondsOrAsADate() throws Exception {
    for (String[] each :
        new String[][] {
          {"120", "PT2M"}, {"Thu, 01 Jan 2026 00:03:00 GMT", "PT3M"}, {"soon", null}, {"-5", null}
        }) {
      String path = "/busy" + received.size();
      on(
          server,
          path,
          exchange -> {
            exchange.getResponseHeaders().set("Retry-After", each[0]);
            reply(exchange, 503, "");
          });
      Duration expected = each[1] == null ? null : Duration.parse(each[1]);
      assertThat(call(path)).as(each[0]).isEqualTo(new Answer.Response(503, "", expected));
    }
  }

  @Test
  void overTlsTheNameOfTheHostIsVerifiedAlthoughTheAddressWasLookedUpBefore(@TempDir Path folder)
      throws Exception {
    SSLContext tls = certificateOf("partner.example", folder);
    HttpsServer https =
        HttpsServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    https.setHttpsConfigurator(new HttpsConfigurator(tls));
    on(https, "/hook", exchange -> reply(exchange, 200, "success"));
    serve(https);
    int port = https.getAddress().getPort();
    AddressGuard guard = guard(List.of(LOOPBACK));

    Target right = target("https://partner.example:" + port + "/hook", PATIENCE);
    assertThat(carrier(right, guard, tls).call(right, NOTIFICATION, AT))
        .isEqualTo(new Answer.Response(200, "success", null));
    Target wrong = target("https://other.example:" + port + "/hook", PATIENCE);
    assertThat(carrier(wrong, guard, tls).call(wrong, NOTIFICATION, AT))
        .isInstanceOfSatisfying(
            Answer.Failure.class,
            failure -> assertThat(failure.reason()).contains("other.example"));
    assertThat(carrier(right, guard, SSLContext.getDefault()).call(right, NOTIFICATION, AT))
        .as("a certificate that nobody trusts")
        .isInstanceOf(Answer.Failure.class);
    assertThat(received).hasSize(1);
  }

  private static SSLContext certificateOf(String host, Path folder) throws Exception {
    Path file = folder.resolve("keys.p12");
    Process keytool =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "keytool").toString(),
                "-genkeypair",
                "-alias",
                "server",
                "-keyalg",
                "EC",
                "-dname",
                "CN=" + host,
                "-ext",
                "SAN=dns:" + host,
                "-storetype",
                "PKCS12",
                "-storepass",
                "changeit",
                "-keystore",
                file.toString())
            .redirectErrorStream(true)
            .start();
    String said = new String(keytool.getInputStream().readAllBytes(), UTF_8);
    assertThat(keytool.waitFor()).as(said).isZero();
    KeyStore store = KeyStore.getInstance("PKCS12");
    try (InputStream in = Files.newInputStream(file)) {
      store.load(in, "changeit".toCharArray());
    }
    KeyManagerFactory keys = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
    keys.init(store, "changeit".toCharArray());
    TrustManagerFactory trust =
        TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
    KeyStore trusted = KeyStore.getInstance("PKCS12");
    trusted.load(null, null);
    trusted.setCertificateEntry("server", store.getCertificate("server"));
    trust.init(trusted);
    SSLContext context = SSLContext.getInstance("TLS");
    context.init(keys.getKeyManagers(), trust.getTrustManagers(), null);
    return context;
  }
}
