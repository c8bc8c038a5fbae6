package io.tcc.benchmarks;

import io.tcc.annotation.GlobalTx;

/** A global transaction over two databases. */
public class Transfers {

  private final Ledgers ledgers;

  Transfers(Ledgers ledgers) {
    this.ledgers = ledgers;
  }

  /** Both or neither. */
  @GlobalTx
  public void transfer(int from, int to) {
    ledgers.take(from);
    ledgers.give(to);
  }
}
