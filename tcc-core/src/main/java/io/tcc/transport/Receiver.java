package io.tcc.transport;

import java.util.Set;

/** The receiving side of a broker's client, which hands what it gets to {@link Arrivals}. */
public interface Receiver {

  /**
   * Begins to receive. A broker that is away is no reason to fail: it is looked for again.
   *
   * @param topics whose messages are executed here
   * @param results whether the results of this service's own messages come by this broker
   */
  void start(Set<String> topics, boolean results);

  /** Ends receiving; what has begun comes to its end. */
  void stop();
}
