package io.tcc.transport.http;

import io.tcc.protocol.outbox.Handover;
import io.tcc.protocol.outbox.Parcel;
import io.tcc.protocol.outbox.Result;
import io.tcc.transaction.Abridged;
import io.tcc.transaction.MessageState;
import java.time.Instant;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/** The bodies of calls that carry messages and results: one JSON object each. */
final class Mail {

  static final String DELIVER = "/deliver";
  static final String REPLY = "/reply";

  private static final int LONGEST_DETAIL = 500;

  /** Longest time that a sender waits for a receipt, in milliseconds. */
  static final long LONGEST_WAIT_MS = 600_000;

  private Mail() {}

  /**
   * Body of a delivery.
   *
   * @param within how long the sender waits for the answer, in milliseconds
   */
  record Delivery(long within, List<Item> messages) {

    static Delivery of(List<Parcel> parcels, long within) {
      return new Delivery(within, parcels.stream().map(Item::of).toList());
    }

    Delivery {
      if (within < 1 || within > LONGEST_WAIT_MS) {
        throw new IllegalArgumentException("A sender waits 1 to " + LONGEST_WAIT_MS + " ms");
      }
    }

    List<Parcel> toParcels() {
      requireDistinct(messages.stream().map(Item::id).toList());
      return messages.stream().map(Item::toParcel).toList();
    }
  }

  /** A message; {@code stored} in milliseconds. */
  record Item(
      String id,
      String topic,
      @Nullable String key,
      long stored,
      boolean answer,
      @Nullable String trace,
      String body) {

    static Item of(Parcel parcel) {
      return new Item(
          parcel.id(),
          parcel.topic(),
          parcel.key(),
          parcel.stored().toEpochMilli(),
          parcel.answer(),
          parcel.trace(),
          parcel.body());
    }

    Parcel toParcel() {
      return new Parcel(id, topic, key, Instant.ofEpochMilli(stored), answer, trace, body);
    }
  }

  /** Body of a report. */
  record Report(List<Outcome> results) {

    static Report of(List<Result> results) {
      return new Report(results.stream().map(Outcome::of).toList());
    }

    List<Result> toResults() {
      requireDistinct(results.stream().map(Outcome::message).toList());
      return results.stream().map(Outcome::toResult).toList();
    }
  }

  /** What became of a message. */
  record Outcome(String message, String result, @Nullable String reason) {

    static Outcome of(Result result) {
      return new Outcome(result.message(), result.result().name(), result.reason());
    }

    Result toResult() {
      return new Result(message, MessageState.valueOf(result), reason);
    }
  }

  /** Body of the answer to a delivery or a report. */
  record Receipt(List<Line> lines) {

    static Receipt of(List<String> ids, List<Handover> handovers) {
      return new Receipt(
          IntStream.range(0, ids.size())
              .mapToObj(i -> Line.of(ids.get(i), handovers.get(i)))
              .toList());
    }

    /**
     * The handovers of what was sent.
     *
     * @throws IllegalArgumentException if it is the receipt of something else
     */
    List<Handover> of(List<String> ids) {
      if (!lines.stream().map(Line::id).toList().equals(ids)) {
        throw new IllegalArgumentException(
            "answered for messages that were not sent with this call");
      }
      return lines.stream().map(Line::toHandover).toList();
    }
  }

  /** What became of one item. */
  record Line(String id, String kind, String detail) {

    static Line of(String id, Handover handover) {
      return new Line(id, handover.kind().name(), Abridged.text(handover.detail(), LONGEST_DETAIL));
    }

    Handover toHandover() {
      return new Handover(Handover.Kind.valueOf(kind), Abridged.text(detail, LONGEST_DETAIL));
    }
  }

  private static void requireDistinct(List<String> ids) {
    Set<String> distinct = new HashSet<>(ids);
    if (ids.isEmpty() || distinct.size() != ids.size()) {
      throw new IllegalArgumentException("A call carries at least one message, and each once");
    }
  }
}
