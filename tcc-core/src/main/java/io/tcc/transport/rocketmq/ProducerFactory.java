package io.tcc.transport.rocketmq;

import org.apache.rocketmq.client.producer.TransactionMQProducer;

/**
 * Makes the producer. An application has one of its own for what only the producer can be told:
 * access keys, TLS, a namespace, a trace.
 */
@FunctionalInterface
public interface ProducerFactory {

  /**
   * A producer that was not started. Name servers, instance name, timeout and listener are set by
   * whoever asks.
   *
   * @param group its producer group
   */
  TransactionMQProducer create(String group);
}
