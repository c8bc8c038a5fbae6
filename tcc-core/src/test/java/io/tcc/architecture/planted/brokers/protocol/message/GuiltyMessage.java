package io.tcc.architecture.planted.brokers.protocol.message;

import org.apache.kafka.planted.ProducerOfNoBroker;

public class GuiltyMessage {
  void send(ProducerOfNoBroker producer) {}
}
