package io.tcc.protocol.outbox;

import io.tcc.transaction.Message;
import io.tcc.transaction.Site;
import io.tcc.transaction.TransactionUsageException;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Where the messages of each topic go, and what is expected to come back. */
public final class Topics {

  private final Map<String, Topic> byName;

  /**
   * A topic that this service sends.
   *
   * @param destinations service ids of the receivers, each of which gets every message
   * @param replyWithin after which a message that was sent, and has no reply, is sent again under
   *     the same id; null if the receiver sends no replies
   */
  public record Topic(List<String> destinations, @Nullable Duration replyWithin) {

    /** Most receivers of a topic. */
    public static final int MAX_DESTINATIONS = Message.MAX_COPIES + 1;

    public Topic {
      destinations = List.copyOf(destinations);
      destinations.forEach(Site::ofUnknownLog);
      if (destinations.isEmpty() || destinations.size() > MAX_DESTINATIONS) {
        throw new IllegalArgumentException(
            "A topic has 1 to " + MAX_DESTINATIONS + " receivers, not " + destinations.size());
      }
      if (new HashSet<>(destinations).size() < destinations.size()) {
        throw new IllegalArgumentException("A receiver is named twice: " + destinations);
      }
      if (replyWithin != null && (replyWithin.isNegative() || replyWithin.isZero())) {
        throw new IllegalArgumentException("The time for a reply is positive: " + replyWithin);
      }
    }
  }

  /**
   * @param byName the topics that this service sends
   * @throws IllegalArgumentException if a name cannot be one
   */
  public Topics(Map<String, Topic> byName) {
    byName.keySet().forEach(Message::requireTopic);
    this.byName = Map.copyOf(byName);
  }

  /**
   * The receivers of a topic.
   *
   * @throws TransactionUsageException if none is configured
   */
  public List<String> destinations(String topic) {
    Topic found = byName.get(topic);
    if (found == null) {
      throw new TransactionUsageException(
          null,
          "Nobody is configured to receive messages of topic "
              + topic
              + ": set tcc.outbox.topics."
              + topic
              + ".to to the service ids of its receivers",
          null);
    }
    return found.destinations();
  }

  /** The topics that this service sends. */
  public Set<String> names() {
    return byName.keySet();
  }

  /** Whether a topic is configured. */
  public boolean knows(String topic) {
    return byName.containsKey(topic);
  }

  /** See {@link Topic#replyWithin}. */
  @Nullable Duration replyWithin(String topic) {
    Topic found = byName.get(topic);
    return found == null ? null : found.replyWithin();
  }
}
