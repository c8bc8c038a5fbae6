package io.tcc.protocol.message;

import io.tcc.transaction.HalfMessage;
import io.tcc.transaction.Site;
import io.tcc.transaction.Xid;
import java.time.Instant;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * A message as it goes to the broker, and comes out at consumers.
 *
 * @param id its identity, the same however often it is sent; consumers de-duplicate by it
 * @param topic where it goes
 * @param tags by which consumers filter; empty: none
 * @param key business key; null: none
 * @param body what it says
 * @param sender whose rows decide over it
 * @param begun when its business change began, on the sender's clock
 */
public record Letter(
    Xid id,
    String topic,
    String tags,
    @Nullable String key,
    String body,
    Site sender,
    Instant begun) {

  static Letter of(HalfMessage message, Site sender) {
    return new Letter(
        message.id(),
        message.topic(),
        message.tags(),
        message.key(),
        Objects.requireNonNull(message.body(), "a committed message has a body"),
        sender,
        message.begun());
  }
}
