package io.tcc.architecture.planted.reach.transport;

import io.tcc.architecture.planted.reach.log.Ledger;

public class GuiltyEndpoint {
  void write(Ledger ledger) {}
}
