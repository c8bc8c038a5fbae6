package io.tcc.protocol.outbox;

import java.util.Map;
import java.util.TreeSet;

/**
 * Which carrier brings the messages of a topic, and the results of received ones back: sender and
 * receivers of a topic name the same.
 */
public final class Carriers {

  private final Map<String, Carrier> byName;
  private final Map<String, String> nameByTopic;
  private final String usual;

  /**
   * A carrier and the name by which topics choose it.
   *
   * @param name such as {@code kafka}
   */
  public record Named(String name, Carrier carrier) {}

  /**
   * @param byName all there are
   * @param nameByTopic the topics that choose one
   * @param usual the name of the one for all other topics
   * @throws IllegalArgumentException if a carrier is chosen that there is not
   */
  public Carriers(Map<String, Carrier> byName, Map<String, String> nameByTopic, String usual) {
    this.byName = Map.copyOf(byName);
    this.nameByTopic = Map.copyOf(nameByTopic);
    this.usual = usual;
    TreeSet<String> chosen = new TreeSet<>(nameByTopic.values());
    chosen.add(usual);
    chosen.removeAll(byName.keySet());
    if (!chosen.isEmpty()) {
      throw new IllegalArgumentException(
          "There is no carrier " + String.join(", ", chosen) + ", only " + byName.keySet());
    }
  }

  /** One for all topics. */
  public static Carriers only(Carrier carrier) {
    return new Carriers(Map.of("only", carrier), Map.of(), "only");
  }

  /** The name of the carrier of a topic. */
  public String nameOf(String topic) {
    return nameByTopic.getOrDefault(topic, usual);
  }

  /** The carrier of a topic. */
  @SuppressWarnings("NullAway") // Every name was checked at birth.
  public Carrier of(String topic) {
    return byName.get(nameOf(topic));
  }
}
