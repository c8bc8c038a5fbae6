package io.tcc.participant;

import io.tcc.transaction.CompletionOrder;

/** Hears of an order that contradicts what is durable here. */
@FunctionalInterface
public interface Contradictions {

  /**
   * Notes it, in a local transaction of its own.
   *
   * @return what whoever ordered it has to know besides, as the end of a sentence; may be empty
   */
  String noticed(CompletionOrder order);
}
