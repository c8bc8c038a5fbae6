package io.tcc.architecture.planted.reach.engine;

import io.tcc.architecture.planted.reach.log.Ledger;

public class InnocentEngine {
  private final Ledger ledger = new Ledger();

  Ledger ledger() {
    return ledger;
  }
}
