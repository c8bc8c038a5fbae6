package io.tcc.architecture.planted.time.engine;

import java.time.Instant;
import java.util.function.Supplier;

public class GuiltyReference {
  Supplier<Instant> now() {
    return Instant::now;
  }
}
