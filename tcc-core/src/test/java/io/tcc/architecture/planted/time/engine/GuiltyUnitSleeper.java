package io.tcc.architecture.planted.time.engine;

import java.util.concurrent.TimeUnit;

public class GuiltyUnitSleeper {
  void rest() throws InterruptedException {
    TimeUnit.SECONDS.sleep(1);
  }
}
