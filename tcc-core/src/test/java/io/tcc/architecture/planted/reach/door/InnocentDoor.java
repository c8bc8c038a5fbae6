package io.tcc.architecture.planted.reach.door;

import io.tcc.architecture.planted.reach.log.Ledger;

public class InnocentDoor {
  void serve(Ledger ledger) {}
}
