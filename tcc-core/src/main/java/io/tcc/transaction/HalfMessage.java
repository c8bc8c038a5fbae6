package io.tcc.transaction;

import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * A transactional message, as the row tells it that decides over it.
 *
 * @param id its identity, the same however often it is sent: 32 lower-case hexadecimal digits
 * @param topic where it goes
 * @param tags by which consumers filter; empty: none
 * @param key business key, by which people find it at the broker; null: none
 * @param body what it says; null while its business change is at work
 * @param half where the broker keeps the half message, in the broker's own words; null if there is
 *     none
 * @param state where it stands
 * @param begun when its work began
 * @param attempts that failed since it was committed or requeued
 * @param epoch grows with every takeover; a late owner is refused
 * @param nextAttempt when somebody looks after its delivery; null: nobody does
 * @param lastError why the last attempt failed
 */
public record HalfMessage(
    Xid id,
    String topic,
    String tags,
    @Nullable String key,
    @Nullable String body,
    @Nullable String half,
    HalfMessageState state,
    Instant begun,
    int attempts,
    long epoch,
    @Nullable Instant nextAttempt,
    @Nullable String lastError) {

  /** Longest topic, in characters; a broker's own limit. */
  public static final int MAX_TOPIC = 127;

  /** Longest tags, in characters. */
  public static final int MAX_TAGS = 100;

  /** Longest key, in characters. */
  public static final int MAX_KEY = 150;

  /** Its business change is about to begin. */
  public static HalfMessage working(Xid id, String topic, String tags, Instant begun) {
    return new HalfMessage(
        id, topic, tags, null, null, null, HalfMessageState.WORKING, begun, 0, 0, null, null);
  }

  /**
   * Born inside a global transaction, without a half message.
   *
   * @param held whether it waits for the outcome; if not, its local transaction decides
   */
  public static HalfMessage born(
      Xid id,
      String topic,
      String tags,
      @Nullable String key,
      String body,
      boolean held,
      Instant now) {
    return new HalfMessage(
        id,
        topic,
        tags,
        key,
        body,
        null,
        held ? HalfMessageState.HELD : HalfMessageState.COMMITTED,
        now,
        0,
        0,
        held ? null : now,
        null);
  }

  /** Takes the place of a row that is not there, so that it can never come. */
  public static HalfMessage tombstone(Xid id, String topic, Instant begun) {
    return new HalfMessage(
        id, topic, "", null, null, null, HalfMessageState.ROLLED_BACK, begun, 0, 0, null, null);
  }

  /**
   * Its business change is made, and becomes durable with this.
   *
   * @param checked when somebody looks whether it was delivered
   */
  public HalfMessage committed(
      @Nullable String itsKey, String itsBody, @Nullable String itsHalf, Instant checked) {
    return new HalfMessage(
        id,
        topic,
        tags,
        itsKey,
        itsBody,
        itsHalf,
        HalfMessageState.COMMITTED,
        begun,
        0,
        epoch,
        checked,
        null);
  }

  /** Its business change is made, and tells nothing. */
  public HalfMessage silent() {
    return with(HalfMessageState.DELIVERED, 0, epoch, null, null);
  }

  /** As it is after a takeover. */
  public HalfMessage takenOver(Instant until) {
    return with(state, attempts, epoch + 1, until, lastError);
  }

  /** The broker did not acknowledge it; it is due again. */
  public HalfMessage failed(Instant next, String error) {
    return with(state, attempts + 1, epoch, next, error);
  }

  /** It was not tried; it is due again. */
  public HalfMessage postponed(Instant next) {
    return with(state, attempts, epoch, next, lastError);
  }

  /** Nothing more is tried. */
  public HalfMessage parked(String error) {
    return with(HalfMessageState.PARKED, attempts + 1, epoch, null, error);
  }

  private HalfMessage with(
      HalfMessageState newState,
      int newAttempts,
      long newEpoch,
      @Nullable Instant next,
      @Nullable String error) {
    return new HalfMessage(
        id, topic, tags, key, body, half, newState, begun, newAttempts, newEpoch, next, error);
  }
}
