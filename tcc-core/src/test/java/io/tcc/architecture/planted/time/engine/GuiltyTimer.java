package io.tcc.architecture.planted.time.engine;

import java.util.Timer;

public class GuiltyTimer {
  Timer timer() {
    return new Timer();
  }
}
