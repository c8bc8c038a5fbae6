package io.tcc.transport.http;

import static java.util.stream.Collectors.joining;

import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.time.Instant;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/**
 * Symmetric signatures of Standard Webhooks 1.0: HMAC-SHA256 over {@code id.timestamp.body}, in
 * base64 behind {@code v1,}. Several secrets are for rotation: each makes a signature, and each is
 * accepted.
 *
 * @see <a href="https://www.standardwebhooks.com">The specification</a>
 */
public final class WebhookSignatures {

  /** Header with the message's id, the same in all attempts. */
  static final String ID = "webhook-id";

  /** Header with the time of the attempt, in seconds since 1970. */
  static final String TIMESTAMP = "webhook-timestamp";

  /** Header with the signatures, separated by spaces. */
  static final String SIGNATURE = "webhook-signature";

  private static final String ALGORITHM = "HmacSHA256";
  private static final String VERSION = "v1,";
  private static final String PREFIX = "whsec_";
  private static final int SHORTEST = 24;
  private static final int LONGEST = 64;

  private final List<SecretKeySpec> keys;

  /**
   * @param secrets {@code whsec_} and 24 to 64 bytes in base64 each, newest first, at least one
   * @throws IllegalArgumentException if one is not like that; the message does not contain it
   */
  public WebhookSignatures(List<String> secrets) {
    if (secrets.isEmpty()) {
      throw new IllegalArgumentException("There is no secret");
    }
    this.keys = secrets.stream().map(WebhookSignatures::key).toList();
  }

  private static SecretKeySpec key(String secret) {
    String form =
        "A webhook secret is whsec_ followed by 24 to 64 bytes in base64;"
            + " `echo whsec_$(openssl rand -base64 32)` makes one";
    if (!secret.startsWith(PREFIX)) {
      throw new IllegalArgumentException(form);
    }
    byte[] key;
    try {
      key = Base64.getDecoder().decode(secret.substring(PREFIX.length()));
    } catch (IllegalArgumentException notBase64) {
      throw new IllegalArgumentException(form, notBase64);
    }
    if (key.length < SHORTEST || key.length > LONGEST) {
      throw new IllegalArgumentException(form + "; this one has " + key.length);
    }
    return new SecretKeySpec(key, ALGORITHM);
  }

  /** The value of the signature header: a signature of each secret. */
  public String sign(String id, Instant at, byte[] body) {
    return keys.stream().map(key -> signature(key, id, at, body)).collect(joining(" "));
  }

  /**
   * Whether one of the secrets made one of the signatures; takes the same time wherever they
   * differ.
   *
   * @param header the value of the signature header
   */
  public boolean verify(String id, Instant at, byte[] body, String header) {
    boolean valid = false;
    for (SecretKeySpec key : keys) {
      byte[] expected = signature(key, id, at, body).getBytes(StandardCharsets.US_ASCII);
      for (String given : Arrays.asList(header.split(" ", -1))) {
        valid |= MessageDigest.isEqual(expected, given.getBytes(StandardCharsets.UTF_8));
      }
    }
    return valid;
  }

  private static String signature(SecretKeySpec key, String id, Instant at, byte[] body) {
    try {
      Mac mac = Mac.getInstance(ALGORITHM);
      mac.init(key);
      mac.update((id + "." + at.getEpochSecond() + ".").getBytes(StandardCharsets.UTF_8));
      return VERSION + Base64.getEncoder().encodeToString(mac.doFinal(body));
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("Every Java platform has " + ALGORITHM, e);
    }
  }
}
