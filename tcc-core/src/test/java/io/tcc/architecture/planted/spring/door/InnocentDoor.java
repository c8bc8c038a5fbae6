package io.tcc.architecture.planted.spring.door;

import org.springframework.context.ApplicationEventPublisher;

public class InnocentDoor {
  void publish(ApplicationEventPublisher events) {}
}
