package io.tcc.architecture.planted.time.engine;

public class GuiltyMillis {
  long now() {
    return System.currentTimeMillis();
  }
}
