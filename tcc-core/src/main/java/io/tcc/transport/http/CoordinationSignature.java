package io.tcc.transport.http;

import io.tcc.transaction.Site;
import io.tcc.transport.MessageRefusedException;
import io.tcc.transport.Refusal;
import io.tcc.transport.Signatures;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Instant;
import java.util.HexFormat;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * The header of a coordination call: who sent it, to whom, when; and, with a secret, a signature
 * over that, the version, the operation and the body.
 *
 * @param from caller
 * @param to audience
 * @param sent when, on the caller's clock
 * @param signature of {@link #signed}, if it has one
 */
record CoordinationSignature(Site from, Site to, Instant sent, @Nullable String signature) {

  static final String NAME = "Tcc-Signature";

  private static final Pattern FORM =
      Pattern.compile(
          "v1 from=([A-Za-z0-9@._-]{1,97}) to=([A-Za-z0-9@._-]{1,97}) sent=([0-9]{1,15})"
              + "(?: signature=([0-9a-f]{64}))?");

  /** The header of a call that is sent now; signed if there is a secret. */
  static CoordinationSignature of(
      Site from, Site to, Instant now, String operation, byte[] body, Signatures signatures) {
    CoordinationSignature unsigned =
        new CoordinationSignature(from, to, Instant.ofEpochMilli(now.toEpochMilli()), null);
    return signatures.isPresent()
        ? new CoordinationSignature(
            from, to, unsigned.sent, signatures.sign(unsigned.signed(operation, body)))
        : unsigned;
  }

  /**
   * Reads what {@link #toString()} wrote, without believing it.
   *
   * @throws MessageRefusedException if it is not of that form
   */
  static CoordinationSignature read(List<String> headers) throws MessageRefusedException {
    if (headers.size() != 1) {
      throw malformed();
    }
    Matcher matcher = FORM.matcher(headers.get(0));
    if (!matcher.matches()) {
      throw malformed();
    }
    try {
      return new CoordinationSignature(
          Site.parse(matcher.group(1)),
          Site.parse(matcher.group(2)),
          Instant.ofEpochMilli(Long.parseLong(matcher.group(3))),
          matcher.group(4));
    } catch (IllegalArgumentException e) {
      throw malformed();
    }
  }

  private static MessageRefusedException malformed() {
    return new MessageRefusedException(
        Refusal.MALFORMED, "A coordination call has one " + NAME + " header of version 1");
  }

  /** The text that is signed. A signature of this is none of anything else. */
  String signed(String operation, byte[] body) {
    return NAME + ": POST " + operation + " " + digest(body) + " " + envelope();
  }

  private String envelope() {
    return "v1 from=" + from + " to=" + to + " sent=" + sent.toEpochMilli();
  }

  private static String digest(byte[] body) {
    try {
      return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(body));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("Every Java platform has SHA-256", e);
    }
  }

  @Override
  public String toString() {
    return signature == null ? envelope() : envelope() + " signature=" + signature;
  }
}
