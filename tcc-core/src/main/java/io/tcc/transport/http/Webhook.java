package io.tcc.transport.http;

import io.tcc.transport.MessageRefusedException;
import io.tcc.transport.Refusal;
import jakarta.servlet.http.HttpServletRequest;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Collections;
import java.util.List;
import java.util.Locale;

/**
 * A request that is signed as Standard Webhooks 1.0 says.
 *
 * @param id the sender's, the same in all attempts
 * @param text what was sent
 */
record Webhook(String id, String text) {

  private static final int LONGEST_ID = 256;
  private static final int LONGEST_SIGNATURE = 2048;

  /** How far the time of a request may be off: what the specification's own libraries allow. */
  private static final Duration TOLERANCE = Duration.ofMinutes(5);

  /**
   * Reads a request, and believes it.
   *
   * @param limit largest body, in bytes
   * @throws MessageRefusedException if it must not be acted upon
   */
  static Webhook read(
      HttpServletRequest request, WebhookSignatures signatures, int limit, Clock clock)
      throws IOException, MessageRefusedException {
    String id = header(request, WebhookSignatures.ID, LONGEST_ID);
    String timestamp = header(request, WebhookSignatures.TIMESTAMP, 12);
    String signature = header(request, WebhookSignatures.SIGNATURE, LONGEST_SIGNATURE);
    if (!timestamp.matches("[0-9]{1,12}")) {
      throw refused(Refusal.MALFORMED, "Its " + WebhookSignatures.TIMESTAMP + " is no number");
    }
    Instant sent = Instant.ofEpochSecond(Long.parseLong(timestamp));
    if (Duration.between(sent, clock.instant()).abs().compareTo(TOLERANCE) > 0) {
      throw refused(Refusal.STALE, "It was sent at " + sent + ", too far from this service's time");
    }
    byte[] body = request.getInputStream().readNBytes(limit + 1);
    if (body.length > limit) {
      throw refused(Refusal.OVERSIZED, "Its body is longer than " + limit + " bytes");
    }
    if (!signatures.verify(id, sent, body, signature)) {
      throw refused(
          Refusal.FORGED, "Its signature is wrong: the secret differs, or it was tampered with");
    }
    return new Webhook(id, new String(body, StandardCharsets.UTF_8));
  }

  private static String header(HttpServletRequest request, String name, int limit)
      throws MessageRefusedException {
    List<String> values = Collections.list(request.getHeaders(name));
    if (values.size() != 1) {
      throw refused(Refusal.UNSIGNED, "It has " + values.size() + " headers " + name);
    }
    if (values.get(0).length() > limit) {
      throw refused(Refusal.OVERSIZED, "Its " + name + " is longer than " + limit);
    }
    return values.get(0);
  }

  /** Whether a request is a POST of JSON. */
  static boolean isJsonPost(HttpServletRequest request) {
    String type = request.getContentType();
    return request.getMethod().equals("POST")
        && type != null
        && type.toLowerCase(Locale.ROOT).startsWith("application/json");
  }

  private static MessageRefusedException refused(Refusal reason, String message) {
    return new MessageRefusedException(reason, message);
  }
}
