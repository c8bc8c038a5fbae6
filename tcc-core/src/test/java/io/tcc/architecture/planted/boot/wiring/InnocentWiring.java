package io.tcc.architecture.planted.boot.wiring;

import org.springframework.context.ApplicationContext;

public class InnocentWiring {
  void run(ApplicationContext application) {}
}
