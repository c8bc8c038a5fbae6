package io.tcc.architecture.planted.time.engine;

import java.time.Instant;

public class GuiltyInstant {
  Instant now() {
    return Instant.now();
  }
}
