package io.tcc.protocol.outbox;

import io.tcc.transaction.Message;
import io.tcc.transaction.Site;
import java.util.function.Predicate;

/**
 * Who consumes the messages of a topic.
 *
 * @param topic of which there is one listener in a service
 * @param consumer its name in the inbox: a message is executed once under one name
 * @param isolation of the local transaction, see {@link io.tcc.log.LocalSettings#isolation()}
 * @param handler what it does, in the local transaction of the inbox row
 * @param rejects which throwables of the handler refuse a message for good
 */
public record Listener(
    String topic, String consumer, int isolation, Handler handler, Predicate<Throwable> rejects) {

  /** The work of a listener. */
  @FunctionalInterface
  public interface Handler {
    void handle(Parcel parcel, Site sender) throws Exception;
  }

  public Listener {
    Message.requireTopic(topic);
    if (consumer.isBlank() || consumer.length() > 200) {
      throw new IllegalArgumentException(
          "The name of a consumer has 1 to 200 characters: " + consumer);
    }
  }
}
