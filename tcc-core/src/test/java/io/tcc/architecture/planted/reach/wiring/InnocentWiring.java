package io.tcc.architecture.planted.reach.wiring;

import io.tcc.architecture.planted.reach.door.InnocentDoor;
import io.tcc.architecture.planted.reach.log.jdbc.Table;

public class InnocentWiring {
  void wire(Table table, InnocentDoor door) {}
}
