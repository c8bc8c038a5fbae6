package io.tcc.transport.rocketmq;

import io.tcc.protocol.outbox.Handover;
import io.tcc.transaction.Backoff;
import io.tcc.transaction.Site;
import io.tcc.transport.Arrivals;
import io.tcc.transport.Envelope;
import io.tcc.transport.Receiver;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apache.rocketmq.client.consumer.DefaultMQPushConsumer;
import org.apache.rocketmq.client.consumer.listener.ConsumeOrderlyContext;
import org.apache.rocketmq.client.consumer.listener.ConsumeOrderlyStatus;
import org.apache.rocketmq.client.consumer.listener.MessageListenerOrderly;
import org.apache.rocketmq.client.exception.MQClientException;
import org.apache.rocketmq.common.consumer.ConsumeFromWhere;
import org.apache.rocketmq.common.message.MessageExt;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The receiving side of RocketMQ as a carrier of the local message table: consumes in order, one
 * message after the other in each queue, and acknowledges after the local commit. A message that is
 * not executed suspends its queue for a growing delay.
 *
 * <p>All instances of a service share the consumer group {@code tcc-} with the service id. Results
 * go to the log that waits for them: each log has a group of its own.
 */
public final class RocketMqReceiver implements Receiver {

  private static final Logger log = LoggerFactory.getLogger(RocketMqReceiver.class);

  private final Site here;
  private final Arrivals arrivals;
  private final RocketMqSettings settings;
  private final ConsumerFactory consumers;
  private final Backoff backoff;
  private final List<DefaultMQPushConsumer> running = new ArrayList<>();

  /**
   * @param here who receives
   * @param settings of which the group is not used
   * @param backoff between attempts to execute a message
   */
  public RocketMqReceiver(
      Site here,
      Arrivals arrivals,
      RocketMqSettings settings,
      ConsumerFactory consumers,
      Backoff backoff) {
    this.here = here;
    this.arrivals = arrivals;
    this.settings = settings;
    this.consumers = consumers;
    this.backoff = backoff;
  }

  @Override
  public synchronized void start(Set<String> topics, boolean results) {
    if (!running.isEmpty()) {
      return;
    }
    String group = "tcc-" + here.service().replace('.', '-');
    if (!topics.isEmpty()) {
      run(group, topics);
    }
    if (results) {
      run(group + "-" + here.log(), Set.of(RocketMqMail.replies(here.service())));
    }
  }

  private void run(String group, Set<String> topics) {
    DefaultMQPushConsumer consumer = consumers.create(group);
    consumer.setNamesrvAddr(settings.nameServer());
    consumer.setInstanceName(settings.instance() + "-mail");
    // What was sent before this service first ran is for it as well.
    consumer.setConsumeFromWhere(ConsumeFromWhere.CONSUME_FROM_FIRST_OFFSET);
    consumer.setConsumeMessageBatchMaxSize(1);
    consumer.setMaxReconsumeTimes(Integer.MAX_VALUE);
    consumer.registerMessageListener((MessageListenerOrderly) this::receive);
    try {
      for (String topic : topics) {
        consumer.subscribe(topic, "*");
      }
      consumer.start();
    } catch (MQClientException e) {
      throw new IllegalStateException("The RocketMQ client does not start: " + e.getMessage(), e);
    }
    running.add(consumer);
  }

  @Override
  public synchronized void stop() {
    running.forEach(DefaultMQPushConsumer::shutdown);
    running.clear();
  }

  private ConsumeOrderlyStatus receive(List<MessageExt> messages, ConsumeOrderlyContext context) {
    for (MessageExt message : messages) {
      int attempt = message.getReconsumeTimes() + 1;
      Handover handover = arrivals.take(envelope(message), attempt);
      if (handover.kind() != Handover.Kind.ACCEPTED) {
        log.debug("Message {} is brought again: {}", message.getMsgId(), handover.detail());
        context.setSuspendCurrentQueueTimeMillis(backoff.delay(attempt).toMillis());
        return ConsumeOrderlyStatus.SUSPEND_CURRENT_QUEUE_A_MOMENT;
      }
    }
    return ConsumeOrderlyStatus.SUCCESS;
  }

  private static Envelope envelope(MessageExt message) {
    Map<String, String> headers = new HashMap<>(message.getProperties());
    return new Envelope(headers, new String(message.getBody(), StandardCharsets.UTF_8));
  }
}
