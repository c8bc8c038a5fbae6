package io.tcc.architecture.planted.brokers.transport.rabbitmq;

import org.springframework.amqp.core.Queue;

public class InnocentReceiver {
  void declare(Queue queue) {}
}
