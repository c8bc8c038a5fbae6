package io.tcc.architecture.planted.brokers.transport.kafka;

import org.apache.rocketmq.client.consumer.DefaultMQPushConsumer;

public class GuiltyReceiver {
  void receive(DefaultMQPushConsumer consumer) {}
}
