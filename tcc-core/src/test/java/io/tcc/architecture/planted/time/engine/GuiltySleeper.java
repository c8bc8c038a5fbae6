package io.tcc.architecture.planted.time.engine;

public class GuiltySleeper {
  void rest() throws InterruptedException {
    Thread.sleep(1);
  }
}
