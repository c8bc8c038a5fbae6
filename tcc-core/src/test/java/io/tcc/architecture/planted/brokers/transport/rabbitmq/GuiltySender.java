package io.tcc.architecture.planted.brokers.transport.rabbitmq;

import org.apache.kafka.planted.ProducerOfNoBroker;

public class GuiltySender {
  void send(ProducerOfNoBroker producer) {}
}
