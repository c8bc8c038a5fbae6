package io.tcc.architecture.planted.spring.engine;

import org.springframework.context.ApplicationEventPublisher;

public class GuiltyEngine {
  void publish(ApplicationEventPublisher events) {}
}
