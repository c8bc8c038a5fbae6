package io.tcc.engine;

import java.time.Duration;

/** Waiting between two attempts, so that tests need not wait. */
@FunctionalInterface
public interface Pause {

  void pause(Duration duration);
}
