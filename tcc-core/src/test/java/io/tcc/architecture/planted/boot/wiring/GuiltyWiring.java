package io.tcc.architecture.planted.boot.wiring;

import org.springframework.boot.SpringApplication;

public class GuiltyWiring {
  void run(SpringApplication application) {}
}
