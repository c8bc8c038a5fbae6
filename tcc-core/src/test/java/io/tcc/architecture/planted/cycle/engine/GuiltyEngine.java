package io.tcc.architecture.planted.cycle.engine;

import io.tcc.architecture.planted.cycle.log.GuiltyEntry;

public class GuiltyEngine {
  void drive(GuiltyEntry entry) {}
}
