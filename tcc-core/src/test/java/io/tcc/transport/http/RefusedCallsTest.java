package io.tcc.transport.http;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;
import static java.util.stream.Collectors.toMap;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.tcc.transaction.Site;
import io.tcc.transport.Refusal;
import io.tcc.transport.SignedCalls;
import io.tcc.transport.TransportLimits;
import java.net.Inet4Address;
import java.net.InetAddress;
import java.net.NetworkInterface;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.UnaryOperator;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Named;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.context.annotation.ClassPathScanningCandidateComponentProvider;
import org.springframework.core.type.filter.AssignableTypeFilter;
import tools.jackson.databind.json.JsonMapper;

/**
 * Every hostile call, to every endpoint: refused, counted by reason, and all tables are as before.
 * Each differs in one thing from a call that would change them.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class RefusedCallsTest {

  private static final String OLD = "an old secret of the services, still accepted";
  private static final String WRONG = "a secret that nobody here has ever known";
  private static final String RETIRED = "e".repeat(32);
  private static final JsonMapper JSON = new JsonMapper();

  /** Longer than what a message may be late. */
  private static final Duration TOO_OLD = Duration.ofSeconds(151);

  private final RunningServices services = new RunningServices("order", "inventory", "warehouse");
  private final RunningService signing =
      services.start(
          "inventory",
          settings -> settings.withSecrets(RunningService.SECRET, OLD).withRetiredLog(RETIRED),
          ShopServices.Configuration.class,
          MessagesBetweenServicesTest.Warehouse.class);
  private final RunningService unsigned =
      services.start(
          "warehouse",
          settings -> settings.withSecrets(),
          ShopServices.Configuration.class,
          MessagesBetweenServicesTest.Warehouse.class);

  private final Site sender = new Site("order", "0123456789abcdef0123456789abcdef");
  private final Map<String, EndpointExample> examples =
      EndpointExamples.all().stream().collect(toMap(EndpointExample::operation, e -> e));

  /** A body per endpoint of a service, ready to be sent; no attack uses it up. */
  private final Map<RunningService, Map<String, Map<String, Object>>> bodies = new HashMap<>();

  @AfterAll
  void close() {
    services.close();
  }

  private CoordinationRequest fresh(RunningService receiver, String operation) {
    Map<String, Object> body = examples.get(operation).prepare(receiver, sender);
    return new CoordinationRequest(receiver, sender, operation, JSON.writeValueAsBytes(body));
  }

  private Map<String, Object> body(RunningService receiver, String operation) {
    return bodies
        .computeIfAbsent(receiver, r -> new HashMap<>())
        .computeIfAbsent(operation, o -> examples.get(o).prepare(receiver, sender));
  }

  private CoordinationRequest good(RunningService receiver, String operation) {
    return new CoordinationRequest(
        receiver, sender, operation, JSON.writeValueAsBytes(body(receiver, operation)));
  }

  // ---- the endpoints ----

  private Stream<String> operations() {
    return signing.endpoints().stream().map(CoordinationEndpoint::operation);
  }

  @Test
  void everyEndpointHasAnExample() {
    assertThat(examples).containsOnlyKeys(operations().toList());
  }

  @Test
  void everyEndpointThatIsWrittenIsServedHere() {
    ClassPathScanningCandidateComponentProvider scan =
        new ClassPathScanningCandidateComponentProvider(false);
    scan.addIncludeFilter(new AssignableTypeFilter(CoordinationEndpoint.class));
    Set<String> written =
        scan.findCandidateComponents("io.tcc").stream()
            .map(definition -> definition.getBeanClassName())
            .collect(Collectors.toSet());

    assertThat(written)
        .isEqualTo(
            signing.endpoints().stream()
                .map(endpoint -> endpoint.getClass().getName())
                .collect(Collectors.toSet()));
  }

  // ---- good calls ----

  @ParameterizedTest
  @MethodSource("operations")
  void aGoodCallChangesTheTablesAndRepeatedChangesNothingMore(String operation) {
    for (RunningService receiver : List.of(signing, unsigned)) {
      CoordinationRequest call = fresh(receiver, operation);
      Object before = receiver.contents();
      String answer = call.sendExpecting(200).body();
      Object after = receiver.contents();
      assertThat(after).isNotEqualTo(before);

      if (!examples.get(operation).repeatedChangesNothing()) {
        call.sendExpecting(200);
        continue;
      }
      assertThat(call.sendExpecting(200).body()).isEqualTo(answer);
      assertThat(receiver.contents()).isEqualTo(after);
    }
  }

  @ParameterizedTest
  @MethodSource("operations")
  void aCallThatIsSignedWithAPreviousSecretIsAccepted(String operation) {
    CoordinationRequest call = fresh(signing, operation);
    call.secrets = List.of(OLD);
    call.sendExpecting(200);
  }

  @ParameterizedTest
  @MethodSource("operations")
  void whatIsJustWithinTheLimitsIsAccepted(String operation) {
    CoordinationRequest late = fresh(signing, operation);
    late.sent = late.sent.minus(TOO_OLD).plusSeconds(6);
    late.sendExpecting(200);

    CoordinationRequest early = fresh(signing, operation);
    early.sent = early.sent.plusSeconds(29);
    early.sendExpecting(200);

    CoordinationRequest large = fresh(signing, operation);
    large.body = padded(large.body, TransportLimits.DEFAULT.body());
    large.contentType = "Application/JSON; charset=UTF-8";
    large.sendExpecting(200);
  }

  private static byte[] padded(byte[] body, int length) {
    byte[] padded = Arrays.copyOf(body, length);
    Arrays.fill(padded, body.length, length, (byte) ' ');
    return padded;
  }

  // ---- a log that is not here ----

  @ParameterizedTest
  @MethodSource("operations")
  void aCallForAnIdentityThatTheLogHasGivenUpChangesNothing(String operation) {
    CoordinationEndpoint<?> endpoint =
        signing.endpoints().stream()
            .filter(each -> each.operation().equals(operation))
            .findFirst()
            .orElseThrow();
    CoordinationRequest call = good(signing, operation);
    call.to = new Site("inventory", RETIRED);
    Object before = signing.contents();

    if (endpoint.answersForRetiredLogs()) {
      assertThat(call.sendExpecting(200).body()).contains("FORGOTTEN").contains(RETIRED);
    } else {
      assertThat(call.sendExpecting(503).body()).contains("an identity that this log has given up");
    }
    assertThat(signing.contents()).isEqualTo(before);
  }

  // ---- attacks ----

  private record Attack(
      String name, int status, Refusal reason, Consumer<CoordinationRequest> change) {}

  private Stream<Arguments> attacks() {
    return operations()
        .flatMap(
            operation ->
                envelopes(operation).map(attack -> Arguments.of(operation, named(attack))));
  }

  private Stream<Arguments> malformedBodies() {
    return operations()
        .flatMap(
            operation -> bodies(operation).map(attack -> Arguments.of(operation, named(attack))));
  }

  private Stream<Arguments> attacksWithoutSecret() {
    return operations()
        .flatMap(
            operation ->
                withoutSecret(operation).map(attack -> Arguments.of(operation, named(attack))));
  }

  private static Named<Attack> named(Attack attack) {
    return Named.of(attack.name(), attack);
  }

  @ParameterizedTest
  @MethodSource("attacks")
  void isRefused(String operation, Attack attack) {
    refused(signing, operation, attack);
  }

  @ParameterizedTest
  @MethodSource("malformedBodies")
  void isMalformed(String operation, Attack attack) {
    refused(signing, operation, attack);
  }

  @ParameterizedTest
  @MethodSource("attacksWithoutSecret")
  void isRefusedWithoutSecret(String operation, Attack attack) {
    refused(unsigned, operation, attack);
  }

  private void refused(RunningService receiver, String operation, Attack attack) {
    CoordinationRequest call = good(receiver, operation);
    Object before = receiver.contents();
    Map<Refusal, Long> counted = counts(receiver);

    attack.change().accept(call);
    call.sendExpecting(attack.status());

    assertThat(receiver.contents()).isEqualTo(before);
    counted.merge(attack.reason(), 1L, Long::sum);
    assertThat(counts(receiver)).isEqualTo(counted);
  }

  private static Map<Refusal, Long> counts(RunningService service) {
    Map<Refusal, Long> counts = new EnumMap<>(Refusal.class);
    for (Refusal reason : Refusal.values()) {
      counts.put(reason, service.refusals().count(reason));
    }
    return counts;
  }

  private Stream<Attack> envelopes(String operation) {
    String elsewhere = operation.equals("/commit") ? "/abort" : "/commit";
    Site otherLog = new Site("inventory", "f".repeat(32));
    Stream<Attack> all =
        Stream.of(
            new Attack("GET", 405, Refusal.MALFORMED, call -> call.method = "GET"),
            new Attack("HEAD", 405, Refusal.MALFORMED, call -> call.method = "HEAD"),
            new Attack("PUT", 405, Refusal.MALFORMED, call -> call.method = "PUT"),
            new Attack("DELETE", 405, Refusal.MALFORMED, call -> call.method = "DELETE"),
            new Attack("OPTIONS", 405, Refusal.MALFORMED, call -> call.method = "OPTIONS"),
            new Attack("PATCH", 405, Refusal.MALFORMED, call -> call.method = "PATCH"),
            new Attack("a form", 415, Refusal.MALFORMED, form("application/x-www-form-urlencoded")),
            new Attack("plain text", 415, Refusal.MALFORMED, form("text/plain")),
            new Attack("nearly JSON", 415, Refusal.MALFORMED, form("application/jsonp")),
            new Attack("of no type", 415, Refusal.MALFORMED, form(null)),
            new Attack("a slash too many", 404, Refusal.MALFORMED, call -> call.url += "/"),
            new Attack("below it", 404, Refusal.MALFORMED, call -> call.url += "/more"),
            new Attack(
                "in capitals",
                404,
                Refusal.MALFORMED,
                call ->
                    call.url = call.url.replace("/tcc" + operation, "/tcc" + capital(operation))),
            new Attack("too large", 413, Refusal.OVERSIZED, RefusedCallsTest::enlarge),
            new Attack(
                "too large, of unknown length",
                413,
                Refusal.OVERSIZED,
                call -> {
                  enlarge(call);
                  call.chunked = true;
                }),
            new Attack("without signature header", 400, Refusal.MALFORMED, text(t -> "")),
            new Attack(
                "with two signature headers",
                400,
                Refusal.MALFORMED,
                call -> call.headers.addAll(List.of(CoordinationSignature.NAME, call.header()))),
            new Attack(
                "with a long header", 400, Refusal.MALFORMED, text(t -> t + "0".repeat(4096))),
            new Attack("of version 2", 400, Refusal.MALFORMED, text(t -> t.replace("v1", "v2"))),
            new Attack("with a suffix", 400, Refusal.MALFORMED, text(t -> t + "0")),
            new Attack("with a prefix", 400, Refusal.MALFORMED, text(t -> "v1 " + t)),
            new Attack(
                "of a time that is none",
                400,
                Refusal.MALFORMED,
                text(t -> t.replaceAll("sent=\\d+", "sent=now"))),
            new Attack(
                "from no service",
                400,
                Refusal.MALFORMED,
                text(t -> t.replaceAll("from=\\S+", "from=@aa"))),
            new Attack(
                "to no log", 400, Refusal.MALFORMED, text(t -> t.replaceAll("to=\\S+", "to=x@zz"))),
            new Attack("unsigned", 403, Refusal.UNSIGNED, call -> call.secrets = List.of()),
            new Attack("of another secret", 403, Refusal.FORGED, secret(WRONG)),
            new Attack(
                "with half a signature",
                400,
                Refusal.MALFORMED,
                text(t -> t.substring(0, t.length() - 32))),
            new Attack(
                "with a changed signature",
                403,
                Refusal.FORGED,
                text(t -> t.substring(0, t.length() - 1) + (t.endsWith("0") ? "1" : "0"))),
            new Attack(
                "signed for another operation",
                403,
                Refusal.FORGED,
                call -> call.signedOperation = elsewhere),
            new Attack(
                "signed for another body",
                403,
                Refusal.FORGED,
                call -> call.signedBody = padded(call.body, call.body.length + 1)),
            new Attack(
                "signed by another sender",
                403,
                Refusal.FORGED,
                text(t -> t.replace("from=order", "from=ordes"))),
            new Attack(
                "signed for another service",
                403,
                Refusal.FORGED,
                call -> {
                  String here = call.to.toString();
                  call.to = new Site("warehouse", call.to.log());
                  call.text = t -> t.replaceAll("to=\\S+", "to=" + here);
                }),
            new Attack(
                "signed at another time",
                403,
                Refusal.FORGED,
                text(t -> t.replaceAll("sent=\\d", "sent=1"))
                    .andThen(call -> call.sent = call.sent.minus(Duration.ofDays(365 * 40)))),
            new Attack(
                "with the signature of a context", 403, Refusal.FORGED, this::contextSignature),
            new Attack("too old", 403, Refusal.STALE, call -> call.sent = call.sent.minus(TOO_OLD)),
            new Attack(
                "from the future",
                403,
                Refusal.STALE,
                call -> call.sent = call.sent.plusSeconds(36)),
            new Attack(
                "of the end of time",
                403,
                Refusal.STALE,
                call -> call.sent = Instant.ofEpochMilli(999_999_999_999_999L)),
            new Attack(
                "for another service",
                421,
                Refusal.WRONG_SERVICE,
                call -> call.to = new Site("warehouse", call.to.log())),
            new Attack("for another log", 503, Refusal.WRONG_LOG, call -> call.to = otherLog));
    List<Attack> more = new ArrayList<>();
    if (examples.get(operation).namesItsAddresseesLog()) {
      more.add(
          new Attack(
              "for no log in particular",
              400,
              Refusal.MALFORMED,
              call -> call.to = Site.ofUnknownLog("inventory")));
    }
    if (examples.get(operation).namesItsSendersLog()) {
      more.add(
          new Attack(
              "from no log in particular",
              400,
              Refusal.MALFORMED,
              call -> call.from = Site.ofUnknownLog("order")));
    }
    return Stream.concat(all, more.stream());
  }

  private static String capital(String operation) {
    return operation.toUpperCase(Locale.ROOT);
  }

  private static Consumer<CoordinationRequest> form(String contentType) {
    return call -> call.contentType = contentType;
  }

  private static Consumer<CoordinationRequest> secret(String secret) {
    return call -> call.secrets = List.of(secret);
  }

  private static Consumer<CoordinationRequest> text(UnaryOperator<String> change) {
    return call -> call.text = change;
  }

  private static void enlarge(CoordinationRequest call) {
    call.body = padded(call.body, TransportLimits.DEFAULT.body() + 1);
  }

  /** One that is good elsewhere. */
  private void contextSignature(CoordinationRequest call) {
    String context = BusinessCall.reserve(signing, SignedCalls.xid(), sender).header();
    call.text = t -> t.replaceAll("signature=.*", context.substring(context.indexOf("signature=")));
  }

  private Stream<Attack> bodies(String operation) {
    Map<String, Object> good = body(signing, operation);
    String text = new String(JSON.writeValueAsBytes(good), UTF_8);
    String first = good.keySet().iterator().next();
    Stream<Attack> whole =
        Stream.of(
                "",
                "null",
                "[]",
                "[" + text + "]",
                "\"text\"",
                "5",
                "{}",
                text + "{}",
                text.substring(0, text.length() - 1),
                text.replace("{", "{\"further\":1,"),
                text.replace(
                    "{", "{\"" + first + "\":" + JSON.writeValueAsString(good.get(first)) + ","),
                "[".repeat(100_000),
                text.replace('"', '\''),
                "ÿþ" + text,
                "<xid/>")
            .map(
                body -> malformed("body: " + body.substring(0, Math.min(60, body.length())), body));
    Stream<Attack> missing =
        good.keySet().stream()
            .map(
                field -> {
                  Map<String, Object> less = new LinkedHashMap<>(good);
                  less.remove(field);
                  return malformed("without " + field, less);
                });
    Stream<Attack> wrong =
        good.keySet().stream()
            .flatMap(
                field ->
                    Stream.concat(
                            otherTypes(good.get(field)),
                            examples
                                .get(operation)
                                .malformed()
                                .getOrDefault(field, List.of())
                                .stream())
                        .map(
                            value -> {
                              Map<String, Object> other = new LinkedHashMap<>(good);
                              other.put(field, value);
                              return malformed(field + " = " + value, other);
                            }));
    return Stream.of(whole, missing, wrong).flatMap(s -> s);
  }

  private static Stream<Object> otherTypes(Object value) {
    return Arrays.asList(null, "text", 5, true, List.of("1"), Map.of("a", 1)).stream()
        .filter(
            other ->
                other == null
                    || !(other instanceof String && value instanceof String
                        || other instanceof Number && value instanceof Number
                        || other instanceof List && value instanceof List));
  }

  private static Attack malformed(String name, Object body) {
    return new Attack(
        name,
        400,
        Refusal.MALFORMED,
        call ->
            call.body =
                body instanceof String text
                    ? text.getBytes(text.startsWith("ÿ") ? ISO_8859_1 : UTF_8)
                    : JSON.writeValueAsBytes(body));
  }

  private Stream<Attack> withoutSecret(String operation) {
    return Stream.of(
        forwarded("Forwarded", "for=192.0.2.1"),
        forwarded("X-Forwarded-For", "127.0.0.1"),
        forwarded("X-Forwarded-Host", "localhost"),
        forwarded("X-Forwarded-Anything", ""),
        forwarded("Via", "1.1 proxy"),
        forwarded("X-Real-IP", "127.0.0.1"),
        forwarded("X-Cluster-Client-IP", "127.0.0.1"),
        new Attack("signed", 403, Refusal.FORGED, secret(RunningService.SECRET)),
        new Attack("too old", 403, Refusal.STALE, call -> call.sent = call.sent.minus(TOO_OLD)),
        new Attack(
            "for another service",
            421,
            Refusal.WRONG_SERVICE,
            call -> call.to = new Site("inventory", call.to.log())),
        new Attack(
            "for another log",
            503,
            Refusal.WRONG_LOG,
            call -> call.to = new Site("warehouse", "f".repeat(32))));
  }

  private static Attack forwarded(String header, String value) {
    return new Attack(
        header, 403, Refusal.UNSIGNED, call -> call.headers.addAll(List.of(header, value)));
  }

  @ParameterizedTest
  @MethodSource("operations")
  void aCallFromAnotherAddressIsRefusedWithoutSecret(String operation) throws Exception {
    InetAddress address =
        NetworkInterface.networkInterfaces()
            .flatMap(NetworkInterface::inetAddresses)
            .filter(a -> a instanceof Inet4Address && !a.isLoopbackAddress())
            .findFirst()
            .orElse(null);
    assumeTrue(address != null, "this machine has no address but loopback");
    refused(
        unsigned,
        operation,
        new Attack(
            "from another address",
            403,
            Refusal.UNSIGNED,
            call -> call.url = call.url.replace("localhost", address.getHostAddress())));
  }

  @ParameterizedTest
  @MethodSource("operations")
  void whatDoesNotExistIsRefusedAndCounted(String operation) {
    refused(
        signing,
        operation,
        new Attack(
            "nowhere",
            404,
            Refusal.MALFORMED,
            call -> call.url = call.url.replace("/tcc" + operation, "/tcc")));
  }

  // ---- members of a transaction ----

  @ParameterizedTest
  @ValueSource(strings = {Coordination.ROLL, Coordination.PRE_COMMIT, Coordination.ROUND})
  void whoHasNoPartInATransactionIsAStrangerToItsMembers(String operation) {
    refused(
        signing,
        operation,
        new Attack(
            "of a stranger",
            403,
            Refusal.STRANGER,
            call -> call.from = new Site("warehouse", "f".repeat(32))));
  }

  @Test
  void aPeerDoesNotSpeakForTheInitiator() {
    refused(
        signing,
        Coordination.ROUND,
        new Attack(
            "a peer as the initiator",
            403,
            Refusal.STRANGER,
            call ->
                call.body =
                    new String(call.body, UTF_8)
                        .replace("\"READY\"", "\"PRE_COMMIT\"")
                        .getBytes(UTF_8)));
  }
}
