package io.tcc.architecture.planted.time.engine;

import java.time.LocalDateTime;
import java.time.ZoneId;

public class GuiltyZone {
  LocalDateTime now() {
    return LocalDateTime.now(ZoneId.of("UTC"));
  }
}
