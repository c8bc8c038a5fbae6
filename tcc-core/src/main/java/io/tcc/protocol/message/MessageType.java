package io.tcc.protocol.message;

import io.tcc.log.LocalSettings;
import io.tcc.transaction.HalfMessage;

/**
 * A kind of transactional message: the method that makes the business change, and where its
 * messages go. Any number of them share one producer.
 *
 * @param name of the method, for people
 * @param topic where its messages go, 1 to 127 characters
 * @param tags by which consumers filter, at most 100 characters; empty: none
 * @param isolation of the local transaction, as in {@link LocalSettings}
 */
public record MessageType(String name, String topic, String tags, int isolation) {

  public MessageType {
    if (topic.isBlank() || topic.length() > HalfMessage.MAX_TOPIC) {
      throw new IllegalArgumentException(
          "A topic has 1 to " + HalfMessage.MAX_TOPIC + " characters, this has not: " + topic);
    }
    if (tags.length() > HalfMessage.MAX_TAGS) {
      throw new IllegalArgumentException(
          "Tags have at most " + HalfMessage.MAX_TAGS + " characters, these have not: " + tags);
    }
  }
}
