package io.tcc.transport.http;

import static org.assertj.core.api.Assertions.assertThat;

import io.tcc.transaction.Site;
import io.tcc.transport.CallContext;
import io.tcc.transport.Refusal;
import io.tcc.transport.SignedCalls;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.time.Instant;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Named;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Every hostile context of a business call: refused before the handler runs, counted by reason, all
 * tables are as before, and the caller learns that nothing was enlisted. Each differs in one thing
 * from a call that would change them.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class RefusedContextsTest {

  private static final String OLD = "an old secret of the services, still accepted";
  private static final String WRONG = "a secret that nobody here has ever known";
  private static final Duration TOO_OLD = Duration.ofSeconds(151);

  private final RunningServices services = new RunningServices("order", "inventory", "warehouse");
  private final RunningService signing =
      services.start(
          "inventory",
          settings -> settings.withSecrets(RunningService.SECRET, OLD),
          ShopServices.Configuration.class);
  private final RunningService unsigned =
      services.start(
          "warehouse", settings -> settings.withSecrets(), ShopServices.Configuration.class);
  private final Site initiator = new Site("order", "0123456789abcdef0123456789abcdef");

  @AfterAll
  void close() {
    services.close();
  }

  private BusinessCall good(RunningService receiver) {
    return BusinessCall.reserve(receiver, SignedCalls.xid(), initiator);
  }

  // ---- good calls ----

  @Test
  void aGoodCallChangesTheTables() {
    for (RunningService receiver : List.of(signing, unsigned)) {
      Object before = receiver.contents();
      assertThat(good(receiver).sendExpecting(200).headers().allValues("Tcc-Enlisted"))
          .containsExactly(receiver.instance().site() + "=1");
      assertThat(receiver.contents()).isNotEqualTo(before);
    }
  }

  @Test
  void aReplayedCallChangesNothingAndForbidsTheCommit() {
    BusinessCall call = good(signing);
    call.sendExpecting(200);
    Object before = signing.contents();
    HttpResponse<String> replayed = call.send();
    assertThat(replayed.statusCode()).isGreaterThanOrEqualTo(400);
    assertThat(replayed.headers().allValues("Tcc-Enlisted")).containsExactly("unknown");
    assertThat(signing.contents()).isEqualTo(before);
  }

  @Test
  void aCallThatIsSignedWithAPreviousSecretIsAccepted() {
    BusinessCall call = good(signing);
    call.secrets = new String[] {OLD};
    call.sendExpecting(200);
  }

  @Test
  void whatIsJustWithinTheLimitsIsAccepted() {
    BusinessCall late = good(signing);
    late.sent = late.sent.minus(TOO_OLD).plusSeconds(6);
    // Believed, though by now its transaction may have no time left for a Try.
    assertThat(late.send().headers().firstValue("Tcc-Enlisted")).hasValue("none");

    BusinessCall early = good(signing);
    early.sent = early.sent.plusSeconds(29);
    early.sendExpecting(200);
  }

  // ---- attacks ----

  private record Attack(String name, int status, Refusal reason, Consumer<BusinessCall> change) {}

  @ParameterizedTest
  @MethodSource("attacks")
  void isRefused(Attack attack) {
    refused(signing, attack);
  }

  @ParameterizedTest
  @MethodSource("attacksWithoutSecret")
  void isRefusedWithoutSecret(Attack attack) {
    refused(unsigned, attack);
  }

  private void refused(RunningService receiver, Attack attack) {
    BusinessCall call = good(receiver);
    Object before = receiver.contents();
    Map<Refusal, Long> counted = counts(receiver);

    attack.change().accept(call);
    HttpResponse<String> response = call.sendExpecting(attack.status());

    assertThat(response.headers().allValues("Tcc-Enlisted")).containsExactly("none");
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

  private Stream<Named<Attack>> attacks() {
    return Stream.of(
            new Attack("empty", 400, Refusal.MALFORMED, text(t -> "")),
            new Attack("nonsense", 400, Refusal.MALFORMED, text(t -> "x")),
            new Attack("too long", 413, Refusal.OVERSIZED, text(t -> t + "0".repeat(1024))),
            new Attack(
                "twice",
                400,
                Refusal.MALFORMED,
                call -> call.headers.addAll(List.of("Tcc-Context", call.header()))),
            new Attack(
                "twice, one empty",
                400,
                Refusal.MALFORMED,
                call -> call.headers.addAll(List.of("tcc-context", ""))),
            new Attack("of version 2", 400, Refusal.MALFORMED, text(t -> t.replace("v1 ", "v2 "))),
            new Attack("with a suffix", 400, Refusal.MALFORMED, text(t -> t + "0")),
            new Attack(
                "with a further field",
                400,
                Refusal.MALFORMED,
                text(t -> t.replace(" sent=", " more=1 sent="))),
            malformed("xid", "A".repeat(32)),
            malformed("xid", "a".repeat(31)),
            malformed("path", "0"),
            malformed("path", "01"),
            malformed("path", "1."),
            malformed("path", "99999999999"),
            malformed("path", "1.".repeat(40) + "1"),
            malformed("left", "-1"),
            malformed("left", "9".repeat(13)),
            malformed("begun", "now"),
            malformed("timeout", "1.5"),
            malformed("initiator", "order@@"),
            malformed("initiator", "@aa"),
            malformed("initiator", "a".repeat(65) + "@aa"),
            malformed("to", "-"),
            new Attack("unsigned", 403, Refusal.UNSIGNED, secrets()),
            new Attack("of another secret", 403, Refusal.FORGED, secrets(WRONG)),
            new Attack(
                "with half a signature",
                400,
                Refusal.MALFORMED,
                text(t -> t.substring(0, t.length() - 32))),
            tampered("xid", "0".repeat(32)),
            tampered("path", "2"),
            tampered("left", "90000"),
            tampered("begun", "1"),
            tampered("timeout", "90000"),
            tampered("initiator", "warehouse@aa"),
            tampered("sent", "1790000000000"),
            tampered("to", "inventory@aa"),
            new Attack(
                "with the signature of a coordination call",
                403,
                Refusal.FORGED,
                this::coordinationSignature),
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
                call -> call.audience = Site.ofUnknownLog("warehouse")),
            new Attack(
                "for another log",
                421,
                Refusal.WRONG_LOG,
                call -> call.audience = new Site("inventory", "f".repeat(32))),
            new Attack(
                "begun by this service in another log",
                421,
                Refusal.WRONG_LOG,
                call -> call.context = begunBy(new Site("inventory", "f".repeat(32)))),
            new Attack(
                "begun by nobody who is known",
                424,
                Refusal.UNKNOWN_INITIATOR,
                call -> call.context = begunBy(new Site("stranger", "aa"))))
        .map(attack -> Named.of(attack.name(), attack));
  }

  private static Attack malformed(String field, String value) {
    return new Attack(
        field + " = " + value,
        400,
        Refusal.MALFORMED,
        text(t -> t.replaceAll(" " + field + "=\\S+", " " + field + "=" + value)));
  }

  private static Attack tampered(String field, String value) {
    return new Attack(
        "with another " + field,
        403,
        Refusal.FORGED,
        text(t -> t.replaceAll(" " + field + "=\\S+", " " + field + "=" + value)));
  }

  private static Consumer<BusinessCall> text(UnaryOperator<String> change) {
    return call -> call.text = change;
  }

  private static Consumer<BusinessCall> secrets(String... secrets) {
    return call -> call.secrets = secrets;
  }

  private static CallContext begunBy(Site initiator) {
    return SignedCalls.context(SignedCalls.xid(), "1", initiator);
  }

  /** One that is good elsewhere. */
  private void coordinationSignature(BusinessCall call) {
    String other =
        new CoordinationRequest(signing, initiator, "/commit", new byte[] {'{', '}'}).header();
    call.text = t -> t.replaceAll("signature=.*", other.substring(other.indexOf("signature=")));
  }

  private Stream<Named<Attack>> attacksWithoutSecret() {
    return Stream.of(
            forwarded("Forwarded", "for=192.0.2.1"),
            forwarded("X-Forwarded-For", "127.0.0.1"),
            forwarded("X-Forwarded-Host", "localhost"),
            forwarded("X-Forwarded-Anything", ""),
            forwarded("Via", "1.1 proxy"),
            forwarded("X-Real-IP", "127.0.0.1"),
            forwarded("X-Cluster-Client-IP", "127.0.0.1"),
            new Attack("signed", 403, Refusal.FORGED, secrets(RunningService.SECRET)),
            new Attack("too old", 403, Refusal.STALE, call -> call.sent = call.sent.minus(TOO_OLD)),
            new Attack(
                "for another service",
                421,
                Refusal.WRONG_SERVICE,
                call -> call.audience = Site.ofUnknownLog("inventory")))
        .map(attack -> Named.of(attack.name(), attack));
  }

  private static Attack forwarded(String header, String value) {
    return new Attack(
        header, 403, Refusal.UNSIGNED, call -> call.headers.addAll(List.of(header, value)));
  }
}
