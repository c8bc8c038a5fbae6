package io.tcc.protocol.outbox;

import io.tcc.transaction.Site;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;

/**
 * Brings messages to their receivers and results back. What is not known to be durable on the other
 * side is not accepted. Futures do not fail, end within the limit, and hold one handover for each
 * item, in the same order.
 */
public interface Carrier {

  /** Whether a service can be reached by name. */
  boolean knows(String service);

  /**
   * Brings messages to a receiver. Those of one key are in their order; where one of them is not
   * accepted, the later ones of its key must not be.
   */
  CompletableFuture<List<Handover>> deliver(
      String destination, List<Parcel> parcels, Duration limit);

  /** Tells a sender what became of its messages. */
  CompletableFuture<List<Handover>> report(Site sender, List<Result> results, Duration limit);
}
