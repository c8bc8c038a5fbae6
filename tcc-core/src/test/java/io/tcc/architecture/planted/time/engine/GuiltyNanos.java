package io.tcc.architecture.planted.time.engine;

public class GuiltyNanos {
  long now() {
    return System.nanoTime();
  }
}
