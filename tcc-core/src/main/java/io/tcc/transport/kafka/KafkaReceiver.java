package io.tcc.transport.kafka;

import io.tcc.protocol.outbox.Handover;
import io.tcc.transaction.Backoff;
import io.tcc.transaction.Site;
import io.tcc.transport.Arrivals;
import io.tcc.transport.Envelope;
import io.tcc.transport.Receiver;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.jspecify.annotations.Nullable;
import org.springframework.kafka.KafkaException;
import org.springframework.kafka.core.ConsumerFactory;
import org.springframework.kafka.core.DefaultKafkaConsumerFactory;
import org.springframework.kafka.listener.ConcurrentMessageListenerContainer;
import org.springframework.kafka.listener.ContainerProperties;
import org.springframework.kafka.listener.DefaultErrorHandler;
import org.springframework.kafka.listener.MessageListener;
import org.springframework.kafka.support.KafkaHeaders;
import org.springframework.util.backoff.ExponentialBackOff;

/**
 * The receiving side. Offsets are committed after the local commits of what they stand for; a crash
 * in between has the messages come again, and the inbox knows them. A message that is not executed
 * holds up its partition: it is fetched again after a growing delay, ahead of those behind it.
 *
 * <p>All instances of a service share the group {@code tcc-} with the service id, so a message goes
 * to one of them. Results go to the log that waits for them: each log has a group of its own.
 */
public final class KafkaReceiver implements Receiver {

  /** Fewer than Kafka's own 500, so that slow listeners do not take it for dead. */
  private static final int MOST_RECORDS = 50;

  private final Site here;
  private final Arrivals arrivals;
  private final ConsumerFactory<String, byte[]> consumers;
  private final int concurrency;
  private final Backoff backoff;
  private final List<ConcurrentMessageListenerContainer<String, byte[]>> running =
      new ArrayList<>();

  /**
   * @param here who receives
   * @param settings of a consumer, such as its servers and how it is admitted; what the promise
   *     needs is set here
   * @param concurrency partitions that are read side by side
   * @param backoff between attempts to execute a message
   */
  public KafkaReceiver(
      Site here,
      Arrivals arrivals,
      Map<String, Object> settings,
      int concurrency,
      Backoff backoff) {
    this.here = here;
    this.arrivals = arrivals;
    this.consumers =
        new DefaultKafkaConsumerFactory<>(
            safe(settings), new StringDeserializer(), new ByteArrayDeserializer());
    this.concurrency = concurrency;
    this.backoff = backoff;
  }

  private static Map<String, Object> safe(Map<String, Object> settings) {
    Map<String, Object> safe = new HashMap<>(settings);
    safe.remove(ConsumerConfig.KEY_DESERIALIZER_CLASS_CONFIG);
    safe.remove(ConsumerConfig.VALUE_DESERIALIZER_CLASS_CONFIG);
    safe.remove(ConsumerConfig.GROUP_INSTANCE_ID_CONFIG);
    safe.put(ConsumerConfig.ENABLE_AUTO_COMMIT_CONFIG, false);
    // What was sent before this service first ran is for it as well.
    safe.put(ConsumerConfig.AUTO_OFFSET_RESET_CONFIG, "earliest");
    safe.putIfAbsent(ConsumerConfig.MAX_POLL_RECORDS_CONFIG, MOST_RECORDS);
    return safe;
  }

  @Override
  public synchronized void start(Set<String> topics, boolean results) {
    if (!running.isEmpty()) {
      return;
    }
    if (!topics.isEmpty()) {
      run("tcc-" + here.service(), concurrency, topics.toArray(String[]::new));
    }
    if (results) {
      run("tcc-" + here.service() + "-" + here.log(), 1, KafkaBroker.replies(here.service()));
    }
  }

  private void run(String group, int side, String... topics) {
    ContainerProperties properties = new ContainerProperties(topics);
    properties.setGroupId(group);
    properties.setAckMode(ContainerProperties.AckMode.BATCH);
    properties.setSyncCommits(true);
    properties.setDeliveryAttemptHeader(true);
    properties.setMessageListener((MessageListener<String, byte[]>) this::receive);
    ConcurrentMessageListenerContainer<String, byte[]> container =
        new ConcurrentMessageListenerContainer<>(consumers, properties);
    container.setBeanName(group);
    container.setConcurrency(side);
    container.setCommonErrorHandler(again());
    container.start();
    running.add(container);
  }

  /** Brings again what failed, and those behind it, as often as it takes. */
  private DefaultErrorHandler again() {
    ExponentialBackOff delays =
        new ExponentialBackOff(backoff.first().toMillis(), backoff.factor());
    delays.setMaxInterval(backoff.longest().toMillis());
    DefaultErrorHandler handler = new DefaultErrorHandler(delays);
    // Nothing is skipped because of its kind of failure.
    handler.setClassifications(Map.of(), true);
    handler.setLogLevel(KafkaException.Level.DEBUG);
    return handler;
  }

  @Override
  public synchronized void stop() {
    running.forEach(ConcurrentMessageListenerContainer::stop);
    running.clear();
  }

  private void receive(ConsumerRecord<String, byte[]> message) {
    Handover handover = arrivals.take(envelope(message), attempt(message));
    if (handover.kind() != Handover.Kind.ACCEPTED) {
      throw new NotTakenException(handover.detail());
    }
  }

  private static Envelope envelope(ConsumerRecord<String, byte[]> message) {
    Map<String, String> headers = new HashMap<>();
    for (Header header : message.headers()) {
      byte @Nullable [] value = header.value();
      if (value != null) {
        headers.put(header.key(), new String(value, StandardCharsets.UTF_8));
      }
    }
    byte @Nullable [] body = message.value();
    return new Envelope(headers, body == null ? "" : new String(body, StandardCharsets.UTF_8));
  }

  private static int attempt(ConsumerRecord<String, byte[]> message) {
    @Nullable Header header = message.headers().lastHeader(KafkaHeaders.DELIVERY_ATTEMPT);
    return header == null ? 1 : ByteBuffer.wrap(header.value()).getInt();
  }

  /** A message is to be brought again. */
  private static final class NotTakenException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    NotTakenException(String detail) {
      super(detail, null, false, false);
    }
  }
}
