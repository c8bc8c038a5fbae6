package io.tcc.transport.rabbitmq;

import io.tcc.transaction.Site;
import io.tcc.transport.Dispatch;
import io.tcc.transport.Envelope;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;
import org.springframework.amqp.core.Message;
import org.springframework.amqp.core.MessageDeliveryMode;
import org.springframework.amqp.core.MessageProperties;
import org.springframework.amqp.core.ReturnedMessage;
import org.springframework.amqp.rabbit.connection.CachingConnectionFactory;
import org.springframework.amqp.rabbit.connection.CorrelationData;
import org.springframework.amqp.rabbit.core.RabbitTemplate;

/**
 * The sending side. A message is taken when the broker has confirmed it and not returned it: a
 * queue that is not there is confirmed as well. Messages are persistent and go to the receiver's
 * queue, which the receiver declares.
 */
public final class RabbitBroker implements Dispatch.Broker, AutoCloseable {

  private static final String DEFAULT_EXCHANGE = "";

  private final CachingConnectionFactory connections;
  private final RabbitTemplate rabbit;

  /**
   * @param connections of this alone; that they confirm and return is set here
   */
  public RabbitBroker(CachingConnectionFactory connections) {
    connections.setPublisherConfirmType(CachingConnectionFactory.ConfirmType.CORRELATED);
    connections.setPublisherReturns(true);
    this.connections = connections;
    this.rabbit = new RabbitTemplate(connections);
    rabbit.setMandatory(true);
  }

  /** The queue of a topic at a receiver. */
  static String queue(String service, String topic) {
    return service + "." + topic;
  }

  /** The queue of the results that a log waits for. */
  static String replies(Site site) {
    return "tcc-replies." + site.service() + "." + site.log();
  }

  @Override
  public CompletableFuture<?> send(
      String destination, String topic, @Nullable String key, Envelope envelope) {
    return send(queue(destination, topic), envelope);
  }

  @Override
  public CompletableFuture<?> answer(Site sender, Envelope envelope) {
    return send(replies(sender), envelope);
  }

  private CompletableFuture<?> send(String queue, Envelope envelope) {
    MessageProperties properties = new MessageProperties();
    properties.setDeliveryMode(MessageDeliveryMode.PERSISTENT);
    properties.setContentType(MessageProperties.CONTENT_TYPE_JSON);
    properties.setContentEncoding(StandardCharsets.UTF_8.name());
    properties.setHeaders(Map.copyOf(envelope.headers()));
    CorrelationData correlation = new CorrelationData();
    rabbit.send(
        DEFAULT_EXCHANGE,
        queue,
        new Message(envelope.body().getBytes(StandardCharsets.UTF_8), properties),
        correlation);
    return correlation
        .getFuture()
        .thenAccept(confirm -> requireTaken(queue, confirm, correlation.getReturned()));
  }

  static void requireTaken(
      String queue, CorrelationData.Confirm confirm, @Nullable ReturnedMessage returned) {
    if (returned != null) {
      throw new IllegalStateException(
          "The broker returned it: "
              + returned.getReplyText()
              + ", queue "
              + queue
              + ". Its receiver makes the queue when it starts");
    }
    if (!confirm.ack()) {
      throw new IllegalStateException("The broker did not take it: " + confirm.reason());
    }
  }

  /** Disconnects. */
  @Override
  public void close() {
    rabbit.destroy();
    connections.destroy();
  }
}
