package io.tcc.transport;

import io.tcc.protocol.outbox.Carrier;
import io.tcc.protocol.outbox.Handover;
import io.tcc.protocol.outbox.Parcel;
import io.tcc.protocol.outbox.Result;
import io.tcc.transaction.Site;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Carries messages and results by a broker:
 *
 * <ol>
 *   <li>Hand all of a call to the broker at once, without waiting in between; of one key the next
 *       follows when the one before is acknowledged, because a broker may well refuse a message and
 *       take the one behind it.
 *   <li>Wait for all acknowledgements, as long as the limit allows. What was not acknowledged is
 *       not accepted, and those behind it in its key are not tried.
 *   <li>When the time is over, nothing more is handed over.
 * </ol>
 *
 * <p>Whoever can write at the broker reaches every service, so every service is known.
 */
public final class Dispatch implements Carrier {

  private final Site here;
  private final Signatures signatures;
  private final Broker broker;
  private final Executor executor;

  /** The sending side of a broker's client. */
  public interface Broker {

    /**
     * Hands a message to the broker. May wait, or throw.
     *
     * @param destination service id
     * @param key those of one key keep their order at the broker; null: any order
     * @return ends when the broker has answered; fails if it has not taken the message
     */
    CompletableFuture<?> send(
        String destination, String topic, @Nullable String key, Envelope envelope);

    /** Hands what became of a message to the broker; as {@link #send}. */
    CompletableFuture<?> answer(Site sender, Envelope envelope);
  }

  /**
   * @param here who sends
   * @param executor hands over, and may be made to wait by the broker's client
   */
  public Dispatch(Site here, Signatures signatures, Broker broker, Executor executor) {
    this.here = here;
    this.signatures = signatures;
    this.broker = broker;
    this.executor = executor;
  }

  @Override
  public boolean knows(String service) {
    return true;
  }

  @Override
  public CompletableFuture<List<Handover>> deliver(
      String destination, List<Parcel> parcels, Duration limit) {
    return sendAll(
        parcels,
        Parcel::key,
        parcel ->
            broker.send(
                destination,
                parcel.topic(),
                parcel.key(),
                Envelope.of(parcel, here, destination, signatures)),
        limit);
  }

  @Override
  public CompletableFuture<List<Handover>> report(
      Site sender, List<Result> results, Duration limit) {
    return sendAll(
        results,
        result -> null,
        result -> broker.answer(sender, Envelope.of(result, here, sender, signatures)),
        limit);
  }

  private <T> CompletableFuture<List<Handover>> sendAll(
      List<T> items,
      Function<T, @Nullable String> key,
      Function<T, CompletableFuture<?>> send,
      Duration limit) {
    Handover late = Handover.failed("the broker did not acknowledge it within " + limit);
    AtomicBoolean over = new AtomicBoolean();
    Map<String, CompletableFuture<Handover>> last = new HashMap<>();
    List<CompletableFuture<Handover>> all = new ArrayList<>();
    for (T item : items) {
      String own = key.apply(item);
      CompletableFuture<Handover> before = own == null ? null : last.get(own);
      CompletableFuture<Handover> handover =
          (before == null ? CompletableFuture.completedFuture(Handover.ACCEPTED) : before)
              .thenComposeAsync(earlier -> next(earlier, item, send, over), executor)
              .exceptionally(e -> Handover.failed(e.toString()))
              .completeOnTimeout(late, limit.toMillis(), TimeUnit.MILLISECONDS);
      all.add(handover);
      if (own != null) {
        last.put(own, handover);
      }
    }
    return CompletableFuture.allOf(all.toArray(CompletableFuture<?>[]::new))
        .thenApply(
            done -> {
              over.set(true);
              return all.stream().map(CompletableFuture::join).toList();
            });
  }

  private static <T> CompletableFuture<Handover> next(
      Handover earlier, T item, Function<T, CompletableFuture<?>> send, AtomicBoolean over) {
    if (earlier.kind() != Handover.Kind.ACCEPTED) {
      return CompletableFuture.completedFuture(
          Handover.notTried("an earlier one of its key was not accepted"));
    }
    if (over.get()) {
      return CompletableFuture.completedFuture(Handover.notTried("the time is over"));
    }
    try {
      return send.apply(item).handle((done, failure) -> handover(failure));
    } catch (RuntimeException e) {
      return CompletableFuture.completedFuture(handover(e));
    }
  }

  private static Handover handover(@Nullable Throwable failure) {
    if (failure == null) {
      return Handover.ACCEPTED;
    }
    Throwable cause = failure;
    while (cause.getCause() != null && cause.getCause() != cause) {
      cause = cause.getCause();
    }
    return Handover.failed(cause.toString());
  }
}
