package io.tcc.architecture.planted.time.engine;

import java.security.SecureRandom;
import java.util.Random;

public class GuiltyDice {
  Random dice() {
    return new SecureRandom();
  }
}
