package io.tcc.transport;

import io.tcc.transaction.Abridged;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Counts refused messages by reason and tells the listeners. Of each reason the first, second,
 * fourth, eighth… is logged: enough to see a missing secret, too little to fill a disk.
 */
public final class Refusals {

  private static final Logger log = LoggerFactory.getLogger(Refusals.class);
  private static final int LONGEST = 300;

  private final Map<Refusal, AtomicLong> counts = new EnumMap<>(Refusal.class);
  private final List<RefusalListener> listeners;

  public Refusals(List<RefusalListener> listeners) {
    this.listeners = List.copyOf(listeners);
    for (Refusal reason : Refusal.values()) {
      counts.put(reason, new AtomicLong());
    }
  }

  /** Notes a refusal. */
  public void refused(Refusal reason, String what) {
    String abridged = Abridged.text(what, LONGEST);
    long count = counter(reason).incrementAndGet();
    if (Long.bitCount(count) == 1) {
      log.warn("Refused a message ({}, number {}): {}", reason, count, abridged);
    }
    listeners.forEach(listener -> listener.refused(reason, abridged));
  }

  /** How many were refused for a reason. */
  public long count(Refusal reason) {
    return counter(reason).get();
  }

  @SuppressWarnings("NullAway") // Every reason was put there at birth.
  private AtomicLong counter(Refusal reason) {
    return counts.get(reason);
  }
}
