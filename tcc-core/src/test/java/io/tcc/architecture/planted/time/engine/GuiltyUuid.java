package io.tcc.architecture.planted.time.engine;

import java.util.UUID;

public class GuiltyUuid {
  UUID id() {
    return UUID.randomUUID();
  }
}
