package io.tcc.architecture.planted.time.engine;

import java.time.Clock;

public class GuiltyClock {
  Clock clock() {
    return Clock.systemUTC();
  }
}
