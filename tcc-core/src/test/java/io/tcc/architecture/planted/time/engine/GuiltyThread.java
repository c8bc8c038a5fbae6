package io.tcc.architecture.planted.time.engine;

public class GuiltyThread {
  Thread loop() {
    return new Thread(() -> {});
  }
}
