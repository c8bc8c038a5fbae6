package io.tcc.transaction;

import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Tells all listeners what happened. */
public final class Events {

  private static final Logger log = LoggerFactory.getLogger(Events.class);

  private final List<TransactionListener> listeners;

  public Events(List<TransactionListener> listeners) {
    this.listeners = List.copyOf(listeners);
  }

  /** Delivers an event on this thread; what a listener throws is logged and changes nothing. */
  public void publish(TransactionEvent event) {
    for (TransactionListener listener : listeners) {
      try {
        listener.onEvent(event);
      } catch (RuntimeException e) {
        log.error("A listener failed on {}", event, e);
      }
    }
  }
}
