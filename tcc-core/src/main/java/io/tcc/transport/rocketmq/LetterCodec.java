package io.tcc.transport.rocketmq;

import io.tcc.protocol.message.CheckBack;
import io.tcc.protocol.message.Letter;
import io.tcc.transaction.Site;
import io.tcc.transaction.Xid;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import org.apache.rocketmq.common.message.Message;
import org.apache.rocketmq.common.message.MessageExt;
import org.jspecify.annotations.Nullable;

/**
 * A letter as a message of RocketMQ: the body as UTF-8, the key as {@code KEYS}, and three user
 * properties.
 */
final class LetterCodec {

  /** The message's identity; consumers de-duplicate by it. */
  static final String ID = "tcc-message-id";

  /** Service and log whose rows decide, {@code service@log}. */
  static final String SENDER = "tcc-sender";

  /** When the business change began, in milliseconds since 1970. */
  static final String BEGUN = "tcc-begun";

  private LetterCodec() {}

  static Message write(Letter letter) {
    Message message = new Message(letter.topic(), letter.body().getBytes(StandardCharsets.UTF_8));
    if (!letter.tags().isEmpty()) {
      message.setTags(letter.tags());
    }
    String key = letter.key();
    if (key != null) {
      message.setKeys(key);
    }
    message.putUserProperty(ID, letter.id().value());
    message.putUserProperty(SENDER, letter.sender().toString());
    message.putUserProperty(BEGUN, Long.toString(letter.begun().toEpochMilli()));
    return message;
  }

  /**
   * What the broker asks about.
   *
   * @throws IllegalArgumentException if it is no message of this library
   */
  static CheckBack checkBack(MessageExt message) {
    return new CheckBack(
        new Xid(property(message, ID)),
        message.getTopic(),
        Site.parse(property(message, SENDER)),
        begun(message));
  }

  /**
   * A received message.
   *
   * @throws IllegalArgumentException if it is no message of this library
   */
  static Letter read(MessageExt message) {
    @Nullable String tags = message.getTags();
    @Nullable String key = message.getKeys();
    return new Letter(
        new Xid(property(message, ID)),
        message.getTopic(),
        tags == null ? "" : tags,
        key,
        new String(message.getBody(), StandardCharsets.UTF_8),
        Site.parse(property(message, SENDER)),
        begun(message));
  }

  private static Instant begun(MessageExt message) {
    return Instant.ofEpochMilli(Long.parseLong(property(message, BEGUN)));
  }

  private static String property(MessageExt message, String name) {
    @Nullable String value = message.getUserProperty(name);
    if (value == null) {
      throw new IllegalArgumentException(
          "Message " + message.getMsgId() + " has no property " + name);
    }
    return value;
  }
}
