package io.tcc.transaction;

/** Hears {@link TransactionEvent}s. */
@FunctionalInterface
public interface TransactionListener {

  void onEvent(TransactionEvent event);
}
