package io.tcc.door;

import io.tcc.log.PayloadCodec;
import io.tcc.protocol.outbox.Draft;
import io.tcc.protocol.outbox.MessageStore;
import java.lang.reflect.Type;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Messages without annotations, any number in one local transaction. Immutable: each {@code with…}
 * returns a new template.
 *
 * <pre>{@code
 * @Transactional
 * public void ship(Order order) {
 *   orders.markShipped(order.id());
 *   outbox.withKey(order.id()).store("shipments", new Shipment(order.id(), order.address()));
 *   outbox.withUniqueKey("invoice-" + order.id()).store("invoices", new Invoice(order.id()));
 * }
 * }</pre>
 */
public final class OutboxTemplate {

  /** Under which what a message says is stored. */
  static final String BODY = "message";

  private final MessageStore store;
  private final PayloadCodec codec;
  private final @Nullable String key;
  private final @Nullable String uniqueKey;

  public OutboxTemplate(MessageStore store, PayloadCodec codec) {
    this(store, codec, null, null);
  }

  private OutboxTemplate(
      MessageStore store, PayloadCodec codec, @Nullable String key, @Nullable String uniqueKey) {
    this.store = store;
    this.codec = codec;
    this.key = key;
    this.uniqueKey = uniqueKey;
  }

  /**
   * With a key, at most 150 characters: messages to one destination that have the same one are
   * executed in the order in which they were stored.
   */
  public OutboxTemplate withKey(String orderedBy) {
    return new OutboxTemplate(store, codec, orderedBy, uniqueKey);
  }

  /** With a text, at most 150 characters, of which the topic has one message. */
  public OutboxTemplate withUniqueKey(String only) {
    return new OutboxTemplate(store, codec, key, only);
  }

  /**
   * Stores a message in the current local transaction; see {@link io.tcc.annotation.Outbox} for
   * where that may be.
   *
   * @param message a record or a bean that survives being written as JSON and read back
   * @return the message's id; nothing if its topic has a message of that unique key: nothing was
   *     stored then, and the local transaction goes on
   * @throws io.tcc.transaction.TransactionUsageException if there is no local transaction that
   *     decides over the message, or the topic has no receiver
   * @throws io.tcc.log.PayloadException if the message cannot be stored
   */
  public Optional<String> store(String topic, Object message) {
    return store(topic, message.getClass(), message);
  }

  Optional<String> store(String topic, Type type, Object message) {
    String body = codec.write(Map.of(BODY, new PayloadCodec.Typed(type, message)));
    return store.store(new Draft(topic, key, uniqueKey, body));
  }
}
