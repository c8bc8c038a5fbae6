package io.tcc.architecture.planted.brokers.transport.kafka;

import org.apache.kafka.planted.ProducerOfNoBroker;

public class InnocentSender {
  void send(ProducerOfNoBroker producer) {}
}
