package io.tcc.transport.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.Base64;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Signatures of Standard Webhooks. */
class WebhookSignaturesTest {

  private static final String OLD = secret(1);
  private static final String NEW = secret(2);
  private static final Instant AT = Instant.ofEpochSecond(1614265330);
  private static final byte[] BODY = "{\"test\": 2432232314}".getBytes(StandardCharsets.UTF_8);

  static String secret(int seed) {
    byte[] key = new byte[32];
    key[0] = (byte) seed;
    return "whsec_" + Base64.getEncoder().encodeToString(key);
  }

  @Test
  void aSignatureIsThatOfTheSpecification() {
    // The reference vector that the libraries of the specification are tested with.
    assertThat(
            new WebhookSignatures(List.of("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"))
                .sign("msg_p5jXN8AQM9LWM0D4loKWxJek", AT, BODY))
        .isEqualTo("v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
  }

  @Test
  void aSignatureIsOfIdAndTimeAndBodyUnderOneSecret() {
    WebhookSignatures own = new WebhookSignatures(List.of(NEW));
    String signature = own.sign("msg_1", AT, BODY);
    assertThat(own.verify("msg_1", AT, BODY, signature)).isTrue();
    assertThat(own.verify("msg_2", AT, BODY, signature)).isFalse();
    assertThat(own.verify("msg_1", AT.plusSeconds(1), BODY, signature)).isFalse();
    assertThat(own.verify("msg_1", AT, new byte[] {1}, signature)).isFalse();
    assertThat(new WebhookSignatures(List.of(OLD)).verify("msg_1", AT, BODY, signature)).isFalse();
    assertThat(own.verify("msg_1", AT, BODY, signature.replace("v1,", "v2,"))).isFalse();
    assertThat(own.verify("msg_1", AT, BODY, "")).isFalse();
  }

  @Test
  void whileASecretIsExchangedBothSidesUnderstandEachOther() {
    WebhookSignatures old = new WebhookSignatures(List.of(OLD));
    WebhookSignatures both = new WebhookSignatures(List.of(NEW, OLD));
    WebhookSignatures renewed = new WebhookSignatures(List.of(NEW));

    String ofBoth = both.sign("msg_1", AT, BODY);
    assertThat(ofBoth.split(" ")).hasSize(2).allMatch(each -> each.startsWith("v1,"));
    assertThat(old.verify("msg_1", AT, BODY, ofBoth)).isTrue();
    assertThat(renewed.verify("msg_1", AT, BODY, ofBoth)).isTrue();
    assertThat(both.verify("msg_1", AT, BODY, old.sign("msg_1", AT, BODY))).isTrue();
    assertThat(both.verify("msg_1", AT, BODY, renewed.sign("msg_1", AT, BODY))).isTrue();
    assertThat(renewed.verify("msg_1", AT, BODY, old.sign("msg_1", AT, BODY))).isFalse();
  }

  @Test
  void whatIsNoSecretIsRefusedAndNotRepeated() {
    for (String each :
        List.of(
            "hunter2", "whsec_%%%", "whsec_" + Base64.getEncoder().encodeToString(new byte[23]))) {
      assertThatThrownBy(() -> new WebhookSignatures(List.of(each)))
          .hasMessageContaining("24 to 64 bytes in base64")
          .hasMessageNotContaining(each);
    }
    assertThatThrownBy(() -> new WebhookSignatures(List.of())).hasMessage("There is no secret");
  }
}
