package io.tcc.transport;

import io.tcc.protocol.outbox.Parcel;
import io.tcc.protocol.outbox.Result;
import io.tcc.transaction.MessageState;
import io.tcc.transaction.Site;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Instant;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * A message, or what became of one, as a broker carries it: headers of text and a body.
 *
 * <p>Headers of a message: {@code tcc-kind} ({@code message-1}), {@code tcc-id}, {@code tcc-topic},
 * {@code tcc-key} if it has one, {@code tcc-stored} in milliseconds, {@code tcc-answer}, {@code
 * tcc-trace} if it has one, {@code tcc-from} (service and log), {@code tcc-to} (service); the body
 * is what it says. Headers of a result: {@code tcc-kind} ({@code result-1}), {@code tcc-id} of the
 * message, {@code tcc-result}, {@code tcc-from}, {@code tcc-to} (service and log); the body is the
 * reason, or the result where there is none, because some brokers take no empty body. With a
 * secret, {@code tcc-signature} is the signature of all of them and of the body. Other headers mean
 * nothing.
 *
 * @param headers by name
 * @param body text
 */
public record Envelope(Map<String, String> headers, String body) {

  private static final String KIND = "tcc-kind";
  private static final String ID = "tcc-id";
  private static final String TOPIC = "tcc-topic";
  private static final String KEY = "tcc-key";
  private static final String STORED = "tcc-stored";
  private static final String ANSWER = "tcc-answer";
  private static final String TRACE = "tcc-trace";
  private static final String FROM = "tcc-from";
  private static final String TO = "tcc-to";
  private static final String RESULT = "tcc-result";
  private static final String SIGNATURE = "tcc-signature";

  private static final String MESSAGE = "message-1";
  private static final String OUTCOME = "result-1";

  /** All but the signature. */
  private static final List<String> SIGNED =
      List.of(KIND, ID, TOPIC, KEY, STORED, ANSWER, TRACE, FROM, TO, RESULT);

  public Envelope {
    headers = Map.copyOf(headers);
  }

  /** A message from here to a service. */
  static Envelope of(Parcel parcel, Site from, String to, Signatures signatures) {
    Map<String, String> headers = new TreeMap<>();
    headers.put(KIND, MESSAGE);
    headers.put(ID, parcel.id());
    headers.put(TOPIC, parcel.topic());
    putIfPresent(headers, KEY, parcel.key());
    headers.put(STORED, Long.toString(parcel.stored().toEpochMilli()));
    headers.put(ANSWER, Boolean.toString(parcel.answer()));
    putIfPresent(headers, TRACE, parcel.trace());
    headers.put(FROM, from.toString());
    headers.put(TO, to);
    return sealed(headers, parcel.body(), signatures);
  }

  /** What became of a message, from here to its sender. */
  static Envelope of(Result result, Site from, Site to, Signatures signatures) {
    Map<String, String> headers = new TreeMap<>();
    headers.put(KIND, OUTCOME);
    headers.put(ID, result.message());
    headers.put(RESULT, result.result().name());
    headers.put(FROM, from.toString());
    headers.put(TO, to.toString());
    String reason = result.reason();
    return sealed(headers, reason == null ? result.result().name() : reason, signatures);
  }

  private static void putIfPresent(
      Map<String, String> headers, String name, @Nullable String value) {
    if (value != null) {
      headers.put(name, value);
    }
  }

  private static Envelope sealed(Map<String, String> headers, String body, Signatures signatures) {
    if (signatures.isPresent()) {
      headers.put(SIGNATURE, signatures.sign(signed(headers, body)));
    }
    return new Envelope(headers, body);
  }

  /** The text that is signed. A signature of this is none of anything else. */
  String signed() {
    return signed(headers, body);
  }

  private static String signed(Map<String, String> headers, String body) {
    StringBuilder text = new StringBuilder("Tcc-Envelope:");
    for (String name : SIGNED) {
      String value = headers.get(name);
      if (value != null) {
        // With its length, so that no value can pass for the next header.
        text.append(' ').append(name).append('=').append(value.length()).append(':').append(value);
      }
    }
    return text.append(' ').append(digest(body)).toString();
  }

  private static String digest(String body) {
    try {
      return HexFormat.of()
          .formatHex(
              MessageDigest.getInstance("SHA-256").digest(body.getBytes(StandardCharsets.UTF_8)));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("Every Java platform has SHA-256", e);
    }
  }

  @Nullable String signature() {
    return headers.get(SIGNATURE);
  }

  /** Whether it is a message; if not, it is a result. */
  boolean isMessage() {
    String kind = header(KIND);
    if (!kind.equals(MESSAGE) && !kind.equals(OUTCOME)) {
      throw new IllegalArgumentException(KIND + " is neither " + MESSAGE + " nor " + OUTCOME);
    }
    return kind.equals(MESSAGE);
  }

  /** Who sent it; names its log. */
  Site from() {
    Site from = Site.parse(header(FROM));
    if (!from.knowsItsLog()) {
      throw new IllegalArgumentException("Whoever sends messages names its log");
    }
    return from;
  }

  /** To whom it goes. */
  Site to() {
    return Site.parse(header(TO));
  }

  /**
   * The message.
   *
   * @throws IllegalArgumentException if it is none
   */
  Parcel parcel() {
    String answer = header(ANSWER);
    if (!answer.equals("true") && !answer.equals("false")) {
      throw new IllegalArgumentException(ANSWER + " is neither true nor false");
    }
    return new Parcel(
        header(ID),
        header(TOPIC),
        headers.get(KEY),
        Instant.ofEpochMilli(Long.parseLong(header(STORED))),
        answer.equals("true"),
        headers.get(TRACE),
        body);
  }

  /**
   * The result.
   *
   * @throws IllegalArgumentException if it is none
   */
  Result result() {
    MessageState state = MessageState.valueOf(header(RESULT));
    return new Result(header(ID), state, state == MessageState.CONSUMED ? null : body);
  }

  private String header(String name) {
    String value = headers.get(name);
    if (value == null) {
      throw new IllegalArgumentException("It has no header " + name);
    }
    return value;
  }
}
