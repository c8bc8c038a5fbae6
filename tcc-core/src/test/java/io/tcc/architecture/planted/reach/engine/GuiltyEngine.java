package io.tcc.architecture.planted.reach.engine;

import io.tcc.architecture.planted.reach.log.jdbc.Table;

public class GuiltyEngine {
  private final Table table = new Table();

  Table table() {
    return table;
  }
}
