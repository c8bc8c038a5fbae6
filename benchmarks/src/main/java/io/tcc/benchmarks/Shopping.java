package io.tcc.benchmarks;

import io.tcc.annotation.GlobalTx;

/** A global transaction of two branches, both in the initiator's database. */
public class Shopping {

  private final Purse purse;

  Shopping(Purse purse) {
    this.purse = purse;
  }

  /** Two Try; the decision and both Confirm follow in one local transaction. */
  @GlobalTx
  public void buy(int one, int other) {
    purse.reserve(one);
    purse.reserve(other);
  }
}
