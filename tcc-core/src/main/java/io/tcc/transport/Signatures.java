package io.tcc.transport;

import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.util.HexFormat;
import java.util.List;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/**
 * HMAC-SHA256 with a secret that all services share. Several secrets are for rotation: the first
 * signs, each is accepted.
 */
public final class Signatures {

  /** Shortest secret, in characters: an eavesdropper may guess at a short one at leisure. */
  public static final int MIN_SECRET = 32;

  private static final String ALGORITHM = "HmacSHA256";

  private final List<SecretKeySpec> keys;

  /**
   * @param secrets newest first; none to work without signatures, on one machine
   * @throws IllegalArgumentException if a secret is shorter than {@link #MIN_SECRET}
   */
  public Signatures(List<String> secrets) {
    for (String secret : secrets) {
      if (secret.length() < MIN_SECRET) {
        throw new IllegalArgumentException(
            "tcc.security.secret has at least "
                + MIN_SECRET
                + " characters, this one has "
                + secret.length()
                + "; `openssl rand -hex 32` makes a good one");
      }
    }
    this.keys =
        secrets.stream()
            .map(s -> new SecretKeySpec(s.getBytes(StandardCharsets.UTF_8), ALGORITHM))
            .toList();
  }

  /** Whether there is a secret. */
  public boolean isPresent() {
    return !keys.isEmpty();
  }

  /**
   * The signature of a text: 64 hexadecimal digits.
   *
   * @throws IllegalStateException if there is no secret
   */
  public String sign(String text) {
    if (keys.isEmpty()) {
      throw new IllegalStateException("Nothing can be signed without tcc.security.secret");
    }
    return HexFormat.of().formatHex(hmac(keys.get(0), text));
  }

  /** Whether one of the secrets made the signature; takes the same time wherever it differs. */
  public boolean verify(String text, String signature) {
    byte[] given = signature.getBytes(StandardCharsets.UTF_8);
    boolean valid = false;
    for (SecretKeySpec key : keys) {
      String expected = HexFormat.of().formatHex(hmac(key, text));
      valid |= MessageDigest.isEqual(expected.getBytes(StandardCharsets.UTF_8), given);
    }
    return valid;
  }

  private static byte[] hmac(SecretKeySpec key, String text) {
    try {
      Mac mac = Mac.getInstance(ALGORITHM);
      mac.init(key);
      return mac.doFinal(text.getBytes(StandardCharsets.UTF_8));
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("Every Java platform has " + ALGORITHM, e);
    }
  }
}
