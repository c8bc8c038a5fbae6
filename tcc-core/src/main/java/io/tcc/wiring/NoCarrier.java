package io.tcc.wiring;

import io.tcc.protocol.outbox.Carrier;
import io.tcc.protocol.outbox.Handover;
import io.tcc.protocol.outbox.Parcel;
import io.tcc.protocol.outbox.Result;
import io.tcc.transaction.Site;
import java.time.Duration;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CompletableFuture;

/** The carrier of a service that has no transport: it knows nobody, and brings nothing anywhere. */
public final class NoCarrier implements Carrier {

  private static final Handover FAILED =
      Handover.failed("this service has no transport to other services");

  @Override
  public boolean knows(String service) {
    return false;
  }

  @Override
  public CompletableFuture<List<Handover>> deliver(
      String destination, List<Parcel> parcels, Duration limit) {
    return CompletableFuture.completedFuture(Collections.nCopies(parcels.size(), FAILED));
  }

  @Override
  public CompletableFuture<List<Handover>> report(
      Site sender, List<Result> results, Duration limit) {
    return CompletableFuture.completedFuture(Collections.nCopies(results.size(), FAILED));
  }
}
