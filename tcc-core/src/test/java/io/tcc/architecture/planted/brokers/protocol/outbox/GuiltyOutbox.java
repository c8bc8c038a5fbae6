package io.tcc.architecture.planted.brokers.protocol.outbox;

import org.springframework.amqp.core.Queue;

public class GuiltyOutbox {
  void declare(Queue queue) {}
}
