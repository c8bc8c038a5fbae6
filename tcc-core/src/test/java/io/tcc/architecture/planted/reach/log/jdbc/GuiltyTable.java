package io.tcc.architecture.planted.reach.log.jdbc;

import io.tcc.architecture.planted.reach.engine.Machine;

public class GuiltyTable {
  GuiltyTable(Machine machine) {}
}
