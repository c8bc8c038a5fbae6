package io.tcc.boot;

import io.tcc.protocol.outbox.Carrier;
import io.tcc.protocol.outbox.Carriers;
import io.tcc.protocol.outbox.OutboxLimits;
import io.tcc.protocol.outbox.Topics;
import io.tcc.transaction.Backoff;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;

/**
 * Settings of the local message table. Durations have a unit in their text, such as {@code 30s} or
 * {@code PT30S}; a number alone means milliseconds.
 *
 * @param enabled Whether there is a local message table. Off, its annotations are start-up errors.
 * @param carrier What carries the messages of topics that name no other: http, kafka, rabbitmq,
 *     rocketmq. Sender and receivers of a topic name the same.
 * @param topics The topics that this service sends, by name: "to", the service ids of the
 *     receivers, whose addresses are in tcc.services, "reply-within", and "carrier", which a
 *     receiver names too.
 * @param redelivery How often, and when, a message that a broker brought and that was not executed
 *     is tried again; a message that came by http is tried again by its sender.
 * @param retention How long finished messages are kept.
 * @param inboxRetention How long received messages are remembered, so that they are executed once.
 *     Older ones are not executed.
 */
@ConfigurationProperties("tcc.outbox")
public record OutboxProperties(
    @DefaultValue("true") boolean enabled,
    @DefaultValue(HTTP) String carrier,
    @DefaultValue Map<String, Topic> topics,
    @DefaultValue Relay relay,
    @DefaultValue Redelivery redelivery,
    @DefaultValue("7d") Duration retention,
    @DefaultValue("7d") Duration inboxRetention) {

  /** The carrier that is always there. */
  static final String HTTP = "http";

  private static final Pattern TOPIC = Pattern.compile("[A-Za-z0-9._-]{1,100}");

  public OutboxProperties {
    topics = Map.copyOf(topics);
    topics.forEach(
        (name, topic) -> {
          require(
              TOPIC.matcher(name).matches(),
              "tcc.outbox.topics." + name,
              "a name",
              "A topic has 1 to 100 letters, digits, dots, hyphens and underscores; with dots, write"
                  + " tcc.outbox.topics[name.with.dots].to.");
          topic.check("tcc.outbox.topics." + name);
        });
    requirePositive("tcc.outbox.retention", retention);
    Duration longestDelivery = relay.backoff().longest().multipliedBy(relay.backoff().attempts());
    require(
        inboxRetention.compareTo(longestDelivery) > 0,
        "tcc.outbox.inbox-retention",
        inboxRetention,
        "It has to be longer than a message is sent again and again, at most tcc.outbox.relay.backoff:"
            + " attempts × longest ("
            + longestDelivery
            + "); a receiver that has forgotten a message does not execute it.");
  }

  Topics toTopics() {
    Map<String, Topics.Topic> all = new HashMap<>();
    topics.forEach(
        (name, topic) -> {
          if (!topic.to().isEmpty()) {
            all.put(name, topic.toTopic());
          }
        });
    return new Topics(all);
  }

  /** The carriers of the topics. */
  Carriers toCarriers(Map<String, Carrier> byName) {
    requireCarrier("tcc.outbox.carrier", carrier, byName.keySet());
    Map<String, String> chosen = new HashMap<>();
    topics.forEach(
        (name, topic) -> {
          if (!topic.carrier().isEmpty()) {
            requireCarrier(
                "tcc.outbox.topics." + name + ".carrier", topic.carrier(), byName.keySet());
            chosen.put(name, topic.carrier());
          }
        });
    return new Carriers(byName, chosen, carrier);
  }

  private static void requireCarrier(String property, String name, Set<String> known) {
    String missing =
        switch (name) {
          case "kafka" ->
              "For Kafka add the dependency org.springframework.boot:spring-boot-starter-kafka, and"
                  + " set spring.kafka.bootstrap-servers.";
          case "rabbitmq" ->
              "For RabbitMQ add the dependency org.springframework.boot:spring-boot-starter-amqp, and"
                  + " set spring.rabbitmq.host.";
          case "rocketmq" ->
              "For RocketMQ add the dependency org.apache.rocketmq:rocketmq-client, and set"
                  + " tcc.rocketmq.name-server.";
          default -> "There is " + String.join(", ", new TreeSet<>(known)) + ".";
        };
    require(known.contains(name), property, name, missing);
  }

  OutboxLimits limits(Duration call) {
    require(
        relay.lease().compareTo(call.multipliedBy(3)) >= 0,
        "tcc.outbox.relay.lease",
        relay.lease(),
        "It has to be at least three times tcc.call-timeout ("
            + call
            + "): a message that is still on its way must not be taken by another instance.");
    Relay.Delays delays = relay.backoff();
    return new OutboxLimits(
        call,
        relay.lease(),
        new Backoff(delays.first(), delays.factor(), delays.longest(), delays.attempts()),
        relay.batch(),
        relay.inFlight(),
        relay.lanes(),
        relay.chunk(),
        retention,
        inboxRetention);
  }

  /**
   * A topic that this service sends.
   *
   * @param to Service id of the receiver; or of several, separated by commas: each gets every
   *     message once, in its own time, and has its own result.
   * @param carrier What carries its messages. Default: tcc.outbox.carrier. A receiver that is also
   *     no sender of the topic names only this.
   * @param replyWithin Time in which the receiver's result is expected after a message was sent;
   *     without one the message is sent again under the same id. 0 if the receiver sends no
   *     results.
   */
  public record Topic(
      @DefaultValue List<String> to,
      @DefaultValue("") String carrier,
      @DefaultValue("1m") Duration replyWithin) {

    void check(String property) {
      require(
          !to.isEmpty() || !carrier.isEmpty(),
          property + ".to",
          "nothing",
          "It has to be the receiver's service id, or those of several.");
      require(
          !replyWithin.isNegative(),
          property + ".reply-within",
          replyWithin,
          "It has to be a duration such as 1m, or 0 if no result is expected.");
      try {
        if (!to.isEmpty()) {
          toTopic();
        }
      } catch (IllegalArgumentException e) {
        throw new InvalidPropertyException(
            property + ".to", String.join(",", to), String.valueOf(e.getMessage()));
      }
    }

    Topics.Topic toTopic() {
      return new Topics.Topic(to, replyWithin.isZero() ? null : replyWithin);
    }
  }

  /**
   * Settings of the attempts to execute a message that a broker brought.
   *
   * @param first Delay after the first failed attempt.
   * @param factor Factor by which each delay is longer than the one before.
   * @param longest Longest delay between two attempts. Those behind the message wait as long.
   * @param attempts Failed attempts after which a message is dead: its sender is told, and its
   *     sender's operator may requeue it.
   */
  public record Redelivery(
      @DefaultValue("1s") Duration first,
      @DefaultValue("2") double factor,
      @DefaultValue("30s") Duration longest,
      @DefaultValue("10") int attempts) {

    private static final Duration LONGEST = Duration.ofMinutes(2);

    public Redelivery {
      requirePositive("tcc.outbox.redelivery.first", first);
      require(
          longest.compareTo(first) >= 0 && longest.compareTo(LONGEST) <= 0,
          "tcc.outbox.redelivery.longest",
          longest,
          "It has to be at least tcc.outbox.redelivery.first ("
              + first
              + "), and at most "
              + LONGEST
              + ": brokers take who is silent for longer for dead.");
      require(factor >= 1, "tcc.outbox.redelivery.factor", factor, "It has to be at least 1.");
      require(
          attempts >= 1, "tcc.outbox.redelivery.attempts", attempts, "It has to be at least 1.");
    }

    Backoff backoff() {
      return new Backoff(first, factor, longest, attempts);
    }
  }

  /**
   * Settings of what sends the messages.
   *
   * @param enabled Whether this instance sends stored messages, those of other instances of the
   *     service included. At least one has to.
   * @param interval Pause between two passes. A message that is stored here starts one at once; a
   *     pass that was full is followed by the next at once.
   * @param batch Most messages that one pass takes.
   * @param inFlight Most messages that this instance has under way.
   * @param lanes Most calls to one receiver at the same time. Messages of one key share a lane.
   * @param chunk Most messages in one call.
   * @param lease Time after which messages whose sender went silent are sent by another instance.
   *     At least three times tcc.call-timeout.
   */
  public record Relay(
      @DefaultValue("true") boolean enabled,
      @DefaultValue("1s") Duration interval,
      @DefaultValue("500") int batch,
      @DefaultValue("2000") int inFlight,
      @DefaultValue("4") int lanes,
      @DefaultValue("25") int chunk,
      @DefaultValue("30s") Duration lease,
      @DefaultValue Delays backoff) {

    private static final int LARGEST_BATCH = 1000;

    public Relay {
      requirePositive("tcc.outbox.relay.interval", interval);
      requirePositive("tcc.outbox.relay.lease", lease);
      require(
          batch > 0 && batch <= LARGEST_BATCH,
          "tcc.outbox.relay.batch",
          batch,
          "It has to be between 1 and " + LARGEST_BATCH + ".");
      require(
          inFlight >= batch,
          "tcc.outbox.relay.in-flight",
          inFlight,
          "It has to be at least tcc.outbox.relay.batch (" + batch + ").");
      require(lanes > 0, "tcc.outbox.relay.lanes", lanes, "At least 1 lane is needed.");
      require(chunk > 0, "tcc.outbox.relay.chunk", chunk, "It has to be at least 1.");
    }

    /**
     * Settings of the delays between attempts to send a message.
     *
     * @param first Delay after the first failed attempt; each delay is shortened by up to a half,
     *     by chance, so that what failed together does not return together.
     * @param factor Factor by which each delay is longer than the one before.
     * @param longest Longest delay between two attempts.
     * @param attempts Failed attempts after which a message is dead and waits for an operator; with
     *     the other defaults, 300 take about a day.
     */
    public record Delays(
        @DefaultValue("1s") Duration first,
        @DefaultValue("2") double factor,
        @DefaultValue("5m") Duration longest,
        @DefaultValue("300") int attempts) {

      public Delays {
        requirePositive("tcc.outbox.relay.backoff.first", first);
        require(
            longest.compareTo(first) >= 0,
            "tcc.outbox.relay.backoff.longest",
            longest,
            "It has to be at least tcc.outbox.relay.backoff.first (" + first + ").");
        require(factor >= 1, "tcc.outbox.relay.backoff.factor", factor, "It has to be at least 1.");
        require(
            attempts >= 1,
            "tcc.outbox.relay.backoff.attempts",
            attempts,
            "It has to be at least 1.");
      }
    }
  }

  private static void requirePositive(String property, Duration value) {
    require(
        !value.isNegative() && !value.isZero(),
        property,
        value,
        "It has to be a duration longer than zero, such as 30s.");
  }

  private static void require(boolean met, String property, Object value, String requirement) {
    if (!met) {
      throw new InvalidPropertyException(property, value, requirement);
    }
  }
}
