package io.tcc.transport.kafka;

import io.tcc.transaction.Site;
import io.tcc.transport.Dispatch;
import io.tcc.transport.Envelope;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.apache.kafka.common.serialization.StringSerializer;
import org.jspecify.annotations.Nullable;
import org.springframework.kafka.core.DefaultKafkaProducerFactory;
import org.springframework.kafka.core.KafkaOperations;
import org.springframework.kafka.core.KafkaTemplate;
import org.springframework.kafka.support.ProducerListener;

/**
 * The sending side: a message is taken when all replicas that are in sync have it. The record's key
 * is the message's, so that those of one key are in one partition, in their order.
 */
public final class KafkaBroker implements Dispatch.Broker, AutoCloseable {

  private static final String REPLIES = "tcc-replies-";

  private final DefaultKafkaProducerFactory<String, byte[]> producers;
  private final KafkaOperations<String, byte[]> kafka;

  /**
   * @param settings of a producer, such as its servers and how it is admitted; what the promise
   *     needs is set here
   * @param limit longest wait for an acknowledgement
   */
  public KafkaBroker(Map<String, Object> settings, Duration limit) {
    this.producers =
        new DefaultKafkaProducerFactory<>(
            safe(settings, limit), new StringSerializer(), new ByteArraySerializer());
    KafkaTemplate<String, byte[]> template = new KafkaTemplate<>(producers);
    // The relay notes what fails.
    template.setProducerListener(new ProducerListener<>() {});
    this.kafka = template;
  }

  private static Map<String, Object> safe(Map<String, Object> settings, Duration limit) {
    Map<String, Object> safe = new HashMap<>(settings);
    safe.remove(ProducerConfig.KEY_SERIALIZER_CLASS_CONFIG);
    safe.remove(ProducerConfig.VALUE_SERIALIZER_CLASS_CONFIG);
    // What was sent must be seen whether or not somebody's transaction commits.
    safe.remove(ProducerConfig.TRANSACTIONAL_ID_CONFIG);
    safe.put(ProducerConfig.ACKS_CONFIG, "all");
    safe.put(ProducerConfig.ENABLE_IDEMPOTENCE_CONFIG, true);
    safe.put(ProducerConfig.RETRIES_CONFIG, Integer.MAX_VALUE);
    safe.put(ProducerConfig.MAX_IN_FLIGHT_REQUESTS_PER_CONNECTION, 5);
    // Somebody waits for it.
    safe.put(ProducerConfig.LINGER_MS_CONFIG, 0);
    // After the limit it counts as not sent: then the client must not send it any more.
    int millis = (int) limit.toMillis();
    safe.put(ProducerConfig.DELIVERY_TIMEOUT_MS_CONFIG, millis);
    safe.put(ProducerConfig.REQUEST_TIMEOUT_MS_CONFIG, Math.max(1, millis / 2));
    safe.put(ProducerConfig.MAX_BLOCK_MS_CONFIG, millis);
    return safe;
  }

  /** The topic of the results for a service. */
  static String replies(String service) {
    return REPLIES + service;
  }

  @Override
  public CompletableFuture<?> send(
      String destination, String topic, @Nullable String key, Envelope envelope) {
    return send(topic, key, envelope);
  }

  @Override
  public CompletableFuture<?> answer(Site sender, Envelope envelope) {
    return send(replies(sender.service()), null, envelope);
  }

  private CompletableFuture<?> send(String topic, @Nullable String key, Envelope envelope) {
    ProducerRecord<String, byte[]> message =
        new ProducerRecord<>(topic, key, envelope.body().getBytes(StandardCharsets.UTF_8));
    envelope
        .headers()
        .forEach(
            (name, value) -> message.headers().add(name, value.getBytes(StandardCharsets.UTF_8)));
    return kafka.send(message);
  }

  /** Disconnects. */
  @Override
  public void close() {
    producers.destroy();
  }
}
