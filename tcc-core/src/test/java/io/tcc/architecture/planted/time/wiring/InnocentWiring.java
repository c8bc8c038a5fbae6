package io.tcc.architecture.planted.time.wiring;

import java.time.Clock;

public class InnocentWiring {
  Clock clock() {
    return Clock.systemUTC();
  }
}
