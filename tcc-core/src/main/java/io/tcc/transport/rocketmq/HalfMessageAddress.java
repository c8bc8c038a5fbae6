package io.tcc.transport.rocketmq;

import java.util.Arrays;
import java.util.List;

/**
 * Where a broker keeps a half message, as text.
 *
 * @param broker its name, or its network address behind an {@code @}
 * @param queueOffset in the queue of half messages
 * @param commitLogOffset in the broker's log
 * @param messageId as the client made it
 * @param transactionId as the broker knows it; may be empty
 */
record HalfMessageAddress(
    String broker, long queueOffset, long commitLogOffset, String messageId, String transactionId) {

  private static final String SEPARATOR = "|";

  static HalfMessageAddress parse(String text) {
    List<String> parts = Arrays.asList(text.split("\\|", -1));
    if (parts.size() != 5) {
      throw new IllegalArgumentException("Not the address of a half message: " + text);
    }
    return new HalfMessageAddress(
        parts.get(0),
        Long.parseLong(parts.get(1)),
        Long.parseLong(parts.get(2)),
        parts.get(3),
        parts.get(4));
  }

  @Override
  public String toString() {
    return String.join(
        SEPARATOR,
        broker,
        Long.toString(queueOffset),
        Long.toString(commitLogOffset),
        messageId,
        transactionId);
  }
}
