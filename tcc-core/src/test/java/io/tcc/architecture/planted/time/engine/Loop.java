package io.tcc.architecture.planted.time.engine;

public class Loop {
  /** Nested in the one class that may. */
  static class InnocentTurn {
    void rest() throws InterruptedException {
      Thread.sleep(1);
    }
  }
}
