package io.tcc.architecture.planted.time.engine;

import java.util.concurrent.ThreadLocalRandom;

public class GuiltyThreadLocalDice {
  int roll() {
    return ThreadLocalRandom.current().nextInt(6);
  }
}
