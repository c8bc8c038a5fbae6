package io.tcc.protocol.outbox;

import io.tcc.transaction.Message;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * A message on its way to a receiver.
 *
 * @param id its identity, by which the receiver knows a repetition
 * @param topic what it is about
 * @param key messages of one sender that have the same key are executed in their order; null: in
 *     any
 * @param stored when it was stored, on the sender's clock
 * @param answer whether the sender wants to know what became of it
 * @param trace where its trace goes on, as W3C {@code traceparent}; null if it has none
 * @param body what it says, JSON
 */
public record Parcel(
    String id,
    String topic,
    @Nullable String key,
    Instant stored,
    boolean answer,
    @Nullable String trace,
    String body) {

  private static final Instant LATEST = Instant.parse("9999-12-31T00:00:00Z");

  public Parcel {
    Message.requireId(id);
    Message.requireTopic(topic);
    Message.requireKey(key);
    if (trace != null && trace.length() > Message.MAX_TRACE) {
      throw new IllegalArgumentException(
          "A trace has at most " + Message.MAX_TRACE + " characters");
    }
    if (stored.isBefore(Instant.EPOCH) || stored.isAfter(LATEST)) {
      throw new IllegalArgumentException("No message is stored at " + stored);
    }
  }
}
