package io.tcc.transport.rocketmq;

import java.util.List;
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
   * @param topics whose brokers it has to make itself known to when it starts
   */
  TransactionMQProducer create(String group, List<String> topics);
}
