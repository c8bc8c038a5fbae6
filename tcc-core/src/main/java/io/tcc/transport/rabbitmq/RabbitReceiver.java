package io.tcc.transport.rabbitmq;

import com.rabbitmq.client.Channel;
import io.tcc.protocol.outbox.Handover;
import io.tcc.transaction.Backoff;
import io.tcc.transaction.Site;
import io.tcc.transport.Arrivals;
import io.tcc.transport.Envelope;
import io.tcc.transport.Receiver;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;
import org.springframework.amqp.core.AcknowledgeMode;
import org.springframework.amqp.core.Message;
import org.springframework.amqp.rabbit.connection.CachingConnectionFactory;
import org.springframework.amqp.rabbit.connection.Connection;
import org.springframework.amqp.rabbit.connection.ConnectionListener;
import org.springframework.amqp.rabbit.listener.SimpleMessageListenerContainer;
import org.springframework.amqp.rabbit.listener.api.ChannelAwareMessageListener;

/**
 * The receiving side: declares its queues, durable and with one active consumer, so that order
 * holds over all instances; acknowledges a message by hand, after its local commit. A message that
 * is not executed is tried again here after a growing delay, ahead of those behind it; when this
 * ends before, the broker gives it to another instance.
 */
public final class RabbitReceiver implements Receiver, AutoCloseable {

  /** Messages that a consumer may have without having acknowledged them. */
  private static final int PREFETCH = 20;

  private static final Map<String, Object> ONE_ACTIVE_CONSUMER =
      Map.of("x-single-active-consumer", true);

  private static final Duration BETWEEN_CONNECTS = Duration.ofSeconds(1);

  private final Site here;
  private final Arrivals arrivals;
  private final CachingConnectionFactory connections;
  private final Backoff backoff;
  private final List<SimpleMessageListenerContainer> running = new ArrayList<>();
  private volatile CountDownLatch stopped = new CountDownLatch(0);
  private volatile List<String> queues = List.of();

  /**
   * @param here who receives
   * @param connections of this alone
   * @param backoff between attempts to execute a message
   */
  public RabbitReceiver(
      Site here, Arrivals arrivals, CachingConnectionFactory connections, Backoff backoff) {
    this.here = here;
    this.arrivals = arrivals;
    this.connections = connections;
    this.backoff = backoff;
    // Each time: a broker may come back without them.
    connections.addConnectionListener((ConnectionListener) this::declare);
  }

  private void declare(@Nullable Connection connection) {
    if (connection == null) {
      return;
    }
    try (Channel channel = connection.createChannel(false)) {
      for (String queue : queues) {
        channel.queueDeclare(queue, true, false, false, ONE_ACTIVE_CONSUMER);
      }
    } catch (IOException e) {
      throw new UncheckedIOException("Queues " + queues + " cannot be declared", e);
    } catch (TimeoutException e) {
      throw new IllegalStateException("Queues " + queues + " cannot be declared", e);
    }
  }

  @Override
  public synchronized void start(Set<String> topics, boolean results) {
    if (!running.isEmpty()) {
      return;
    }
    stopped = new CountDownLatch(1);
    List<String> own = new ArrayList<>();
    topics.forEach(topic -> own.add(RabbitBroker.queue(here.service(), topic)));
    if (results) {
      own.add(RabbitBroker.replies(here));
    }
    queues = List.copyOf(own);
    own.forEach(this::run);
  }

  private void run(String queue) {
    SimpleMessageListenerContainer container = new SimpleMessageListenerContainer(connections);
    container.setQueueNames(queue);
    container.setBeanName("tcc-" + queue);
    container.setAcknowledgeMode(AcknowledgeMode.MANUAL);
    container.setPrefetchCount(PREFETCH);
    container.setAutoDeclare(false);
    container.setMissingQueuesFatal(false);
    container.setRecoveryInterval(BETWEEN_CONNECTS.toMillis());
    container.setMessageListener((ChannelAwareMessageListener) this::receive);
    container.afterPropertiesSet();
    container.start();
    running.add(container);
  }

  @Override
  public synchronized void stop() {
    stopped.countDown();
    running.forEach(SimpleMessageListenerContainer::stop);
    running.clear();
  }

  private void receive(Message message, @Nullable Channel channel) throws Exception {
    if (channel == null) {
      throw new IllegalStateException("A message is acknowledged on its channel");
    }
    long tag = message.getMessageProperties().getDeliveryTag();
    if (isTaken(envelope(message))) {
      channel.basicAck(tag, false);
    } else {
      channel.basicNack(tag, false, true);
    }
  }

  /** Tries until it is taken, or this ends. */
  private boolean isTaken(Envelope envelope) throws InterruptedException {
    CountDownLatch end = stopped;
    for (int attempt = 1; ; attempt++) {
      if (arrivals.take(envelope, attempt).kind() == Handover.Kind.ACCEPTED) {
        return true;
      }
      if (end.await(backoff.delay(attempt).toMillis(), TimeUnit.MILLISECONDS)) {
        return false;
      }
    }
  }

  private static Envelope envelope(Message message) {
    Map<String, String> headers = new HashMap<>();
    message
        .getMessageProperties()
        .getHeaders()
        .forEach(
            (name, value) -> {
              if (value != null) {
                headers.put(name, value.toString());
              }
            });
    return new Envelope(headers, new String(message.getBody(), StandardCharsets.UTF_8));
  }

  /** Disconnects. */
  @Override
  public void close() {
    stop();
    connections.destroy();
  }
}
