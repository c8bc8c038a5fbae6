package io.tcc.architecture.planted.cycle.participant;

import io.tcc.architecture.planted.cycle.log.GuiltyEntry;

public class InnocentBranch {
  void record(GuiltyEntry entry) {}
}
