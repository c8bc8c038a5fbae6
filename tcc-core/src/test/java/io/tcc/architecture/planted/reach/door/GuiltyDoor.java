package io.tcc.architecture.planted.reach.door;

import io.tcc.architecture.planted.reach.log.jdbc.Table;

public class GuiltyDoor {
  void serve(Table table) {}
}
