package io.tcc.transport.rocketmq;

import static org.awaitility.Awaitility.await;

import io.tcc.protocol.message.Letter;
import java.time.Duration;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CopyOnWriteArrayList;
import org.apache.rocketmq.client.consumer.DefaultMQPushConsumer;
import org.apache.rocketmq.client.consumer.listener.ConsumeOrderlyStatus;
import org.apache.rocketmq.client.consumer.listener.MessageListenerOrderly;
import org.apache.rocketmq.client.exception.MQClientException;
import org.apache.rocketmq.common.consumer.ConsumeFromWhere;
import org.apache.rocketmq.common.message.MessageExt;

/** A consumer that keeps all that a topic ever had, in its order. */
final class Inbox implements AutoCloseable {

  private static final Duration SOON = Duration.ofSeconds(30);

  private final DefaultMQPushConsumer consumer;
  private final List<Letter> letters = new CopyOnWriteArrayList<>();

  Inbox(String nameServer, String topic) {
    consumer = new DefaultMQPushConsumer("inbox-" + UUID.randomUUID());
    consumer.setNamesrvAddr(nameServer);
    consumer.setInstanceName("inbox-" + UUID.randomUUID());
    consumer.setConsumeFromWhere(ConsumeFromWhere.CONSUME_FROM_FIRST_OFFSET);
    consumer.registerMessageListener(
        (MessageListenerOrderly)
            (messages, context) -> {
              for (MessageExt each : messages) {
                letters.add(LetterCodec.read(each));
              }
              return ConsumeOrderlyStatus.SUCCESS;
            });
    try {
      consumer.subscribe(topic, "*");
      consumer.start();
    } catch (MQClientException e) {
      throw new IllegalStateException(e);
    }
  }

  List<Letter> letters() {
    return letters;
  }

  List<String> bodies() {
    return letters.stream().map(Letter::body).toList();
  }

  void awaits(int count) {
    await().atMost(SOON).until(() -> letters.size() >= count);
  }

  @Override
  public void close() {
    consumer.shutdown();
  }
}
