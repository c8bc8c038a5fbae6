package io.tcc.transaction;

import java.time.Instant;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * A message as its row tells it, or the reply to one.
 *
 * @param id its identity, the same however often it is sent: 32 lower-case hexadecimal digits
 * @param sequence grows from row to row; given by the database, 0 before
 * @param topic what it is about: 1 to 100 letters, digits, dots, hyphens and underscores
 * @param key messages to one destination that have the same key are sent in their order; null: in
 *     any
 * @param uniqueKey of which a topic has one message only; null: any number
 * @param destination to whom it goes
 * @param about the message that this is the reply to; null if it is none
 * @param trace where its trace goes on, as W3C {@code traceparent}; null if it has none
 * @param body what it says, JSON; of a reply the state that it reports
 * @param state where it stands
 * @param reason why the receiver refused it
 * @param attempts to send it since it was stored, requeued or last accepted
 * @param epoch grows with every takeover; a late owner is refused
 * @param nextAttempt when it is due; null: not by itself
 * @param lastError why the last attempt failed
 * @param stored when it was stored
 */
public record Message(
    String id,
    long sequence,
    String topic,
    @Nullable String key,
    @Nullable String uniqueKey,
    Site destination,
    @Nullable String about,
    @Nullable String trace,
    String body,
    MessageState state,
    @Nullable String reason,
    int attempts,
    long epoch,
    @Nullable Instant nextAttempt,
    @Nullable String lastError,
    Instant stored) {

  /** Longest key and unique key, in characters. */
  public static final int MAX_KEY = 150;

  /** Longest reason of a refusal, in characters. */
  public static final int MAX_REASON = 500;

  /** Most copies of a message, besides itself. */
  public static final int MAX_COPIES = 99;

  /** Longest trace, in characters. */
  public static final int MAX_TRACE = 100;

  private static final int ID_LENGTH = 32;
  private static final Pattern ID = Pattern.compile("[0-9a-f]{32}");
  private static final Pattern TOPIC = Pattern.compile("[A-Za-z0-9._-]{1,100}");

  public Message {
    requireId(id);
    requireTopic(topic);
    requireKey("key", key);
    requireKey("unique key", uniqueKey);
    if (about != null) {
      requireId(about);
    }
  }

  /** A new message, due at once. */
  public static Message born(
      String id,
      String topic,
      @Nullable String key,
      @Nullable String uniqueKey,
      String destination,
      @Nullable String trace,
      String body,
      Instant now) {
    return new Message(
        id,
        0,
        topic,
        key,
        uniqueKey,
        Site.ofUnknownLog(destination),
        null,
        trace,
        body,
        MessageState.PENDING,
        null,
        0,
        0,
        now,
        null,
        now);
  }

  /** The same one, until a global transaction is decided. */
  public Message held() {
    return with(MessageState.HELD, attempts, null, lastError);
  }

  /**
   * The same message to another receiver: with an id of its own, which differs in the last two
   * digits, and without the unique key, which the first one holds for all.
   *
   * @param number 1 to {@link #MAX_COPIES}, another one for each
   */
  public Message copy(int number, String receiver) {
    int last = Integer.parseInt(id.substring(ID_LENGTH - 2), 16);
    return new Message(
        id.substring(0, ID_LENGTH - 2) + String.format("%02x", (last + number) % 256),
        sequence,
        topic,
        key,
        null,
        Site.ofUnknownLog(receiver),
        about,
        trace,
        body,
        state,
        reason,
        attempts,
        epoch,
        nextAttempt,
        lastError,
        stored);
  }

  /**
   * A new reply, due at once.
   *
   * @param about the message that was consumed or refused
   * @param sender of that message
   * @param result {@code CONSUMED} or {@code REJECTED}
   */
  public static Message reply(
      String id,
      String about,
      String topic,
      @Nullable String key,
      Site sender,
      MessageState result,
      @Nullable String reason,
      Instant now) {
    return new Message(
        id,
        0,
        topic,
        key,
        null,
        sender,
        about,
        null,
        result.name(),
        MessageState.PENDING,
        reason == null ? null : Abridged.text(reason, MAX_REASON),
        0,
        0,
        now,
        null,
        now);
  }

  /** Whether it reports a receiver's result. */
  public boolean isReply() {
    return about != null;
  }

  /** What has to keep its order: the destination with the key; null if nothing has. */
  public @Nullable String orderKey() {
    return key == null || isReply() ? null : destination.service() + "/" + key;
  }

  /** As it is after a takeover. */
  public Message takenOver(Instant until) {
    return with(state, attempts, epoch + 1, until, lastError);
  }

  /** The carrier, or the receiver, has it; due again when the reply is missed, null: never. */
  public Message accepted(@Nullable Instant missed) {
    return with(MessageState.SENT, state == MessageState.SENT ? attempts + 1 : 0, missed, null);
  }

  /** It was not accepted, and is due again. */
  public Message failed(Instant next, String error) {
    return with(state, attempts + 1, next, error);
  }

  /** It was not tried, and is due again. */
  public Message givenBack(Instant next) {
    return with(state, attempts, next, lastError);
  }

  /** Nothing more is tried. */
  public Message dead(String error) {
    return with(MessageState.DEAD, attempts + 1, null, error);
  }

  private Message with(
      MessageState to, int newAttempts, @Nullable Instant next, @Nullable String error) {
    return with(to, newAttempts, epoch, next, error);
  }

  private Message with(
      MessageState to,
      int newAttempts,
      long newEpoch,
      @Nullable Instant next,
      @Nullable String error) {
    return new Message(
        id,
        sequence,
        topic,
        key,
        uniqueKey,
        destination,
        about,
        trace,
        body,
        to,
        reason,
        newAttempts,
        newEpoch,
        next,
        error,
        stored);
  }

  /**
   * Checks that a text can be the identity of a message.
   *
   * @throws IllegalArgumentException if it cannot
   */
  public static void requireId(String id) {
    if (!ID.matcher(id).matches()) {
      throw new IllegalArgumentException(
          "A message id has 32 lower-case hexadecimal digits, this has not: "
              + Abridged.text(id, 40));
    }
  }

  /**
   * Checks that a text can be a topic.
   *
   * @throws IllegalArgumentException if it cannot
   */
  public static void requireTopic(String topic) {
    if (!TOPIC.matcher(topic).matches()) {
      throw new IllegalArgumentException(
          "A topic has 1 to 100 letters, digits, dots, hyphens and underscores, this has not: "
              + Abridged.text(topic, 120));
    }
  }

  /**
   * Checks that a text can be the key of a message; null can.
   *
   * @throws IllegalArgumentException if it cannot
   */
  public static void requireKey(@Nullable String key) {
    requireKey("key", key);
  }

  private static void requireKey(String what, @Nullable String key) {
    if (key != null && (key.isBlank() || key.length() > MAX_KEY)) {
      throw new IllegalArgumentException(
          "The "
              + what
              + " of a message has 1 to "
              + MAX_KEY
              + " characters, this has not: "
              + Abridged.text(key, 170));
    }
  }
}
