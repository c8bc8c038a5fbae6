package io.tcc.architecture.planted.cycle.log;

import io.tcc.architecture.planted.cycle.engine.GuiltyEngine;

public class GuiltyEntry {
  void back(GuiltyEngine engine) {}
}
