package io.tcc.transport.rocketmq;

import org.apache.rocketmq.client.consumer.DefaultMQPushConsumer;

/**
 * Makes consumers. An application has one of its own for what only a consumer can be told: access
 * keys, TLS, a namespace, a trace.
 */
@FunctionalInterface
public interface ConsumerFactory {

  /**
   * A consumer that was not started. Name servers, instance name, subscriptions and listener are
   * set by whoever asks.
   *
   * @param group its consumer group
   */
  DefaultMQPushConsumer create(String group);
}
