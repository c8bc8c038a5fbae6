package io.tcc.transport;

import static org.assertj.core.api.Assertions.assertThat;

import io.tcc.protocol.outbox.Handover;
import io.tcc.protocol.outbox.Parcel;
import io.tcc.transaction.Site;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** What is handed to a broker when, by acknowledgements that the test gives. */
class DispatchTest {

  private static final Instant STORED = Instant.parse("2026-01-01T00:00:00Z");

  /** Acknowledges when it is told to. */
  private static final class FakeBroker implements Dispatch.Broker {
    final List<String> sent = new ArrayList<>();
    final Map<String, CompletableFuture<Boolean>> acknowledgements = new HashMap<>();

    @Override
    public CompletableFuture<?> send(
        String destination, String topic, @Nullable String key, Envelope envelope) {
      sent.add(envelope.body());
      return acknowledgements.computeIfAbsent(envelope.body(), body -> new CompletableFuture<>());
    }

    @Override
    public CompletableFuture<?> answer(Site sender, Envelope envelope) {
      throw new UnsupportedOperationException();
    }
  }

  private final FakeBroker broker = new FakeBroker();
  private final Dispatch dispatch =
      new Dispatch(
          new Site("order", "0".repeat(32)),
          new Signatures(List.of("a secret of the test, long enough")),
          broker,
          Runnable::run);

  private CompletableFuture<List<Handover>> deliver(Duration limit, Parcel... parcels) {
    return dispatch.deliver("inventory", List.of(parcels), limit);
  }

  private static Parcel parcel(@Nullable String key, String body) {
    return new Parcel(MessagingService.random(), "purchases", key, STORED, false, null, body);
  }

  @Test
  void ofOneKeyTheNextFollowsTheAcknowledgementAndAllOthersGoAtOnce() {
    CompletableFuture<List<Handover>> all =
        deliver(
            Duration.ofMinutes(1),
            parcel("a", "a1"),
            parcel("a", "a2"),
            parcel("b", "b1"),
            parcel(null, "x"),
            parcel(null, "y"));
    assertThat(broker.sent).containsExactly("a1", "b1", "x", "y");

    broker.acknowledgements.get("a1").complete(true);
    assertThat(broker.sent).containsExactly("a1", "b1", "x", "y", "a2");
    assertThat(all).isNotDone();

    broker.acknowledgements.values().forEach(each -> each.complete(true));
    assertThat(all.join()).hasSize(5).containsOnly(Handover.ACCEPTED);
  }

  @Test
  void whatIsRefusedHoldsUpItsOwnKeyAlone() {
    CompletableFuture<List<Handover>> all =
        deliver(Duration.ofMinutes(1), parcel("a", "a1"), parcel("a", "a2"), parcel("b", "b1"));

    broker.acknowledgements.get("b1").complete(true);
    broker.acknowledgements.get("a1").completeExceptionally(new IllegalStateException("too large"));

    assertThat(broker.sent).containsExactly("a1", "b1");
    assertThat(all.join())
        .extracting(Handover::kind)
        .containsExactly(Handover.Kind.FAILED, Handover.Kind.NOT_TRIED, Handover.Kind.ACCEPTED);
  }

  @Test
  void whatIsNotAcknowledgedInTimeIsNotAcceptedAndNothingFollowsIt() {
    List<Handover> all = deliver(Duration.ofMillis(1), parcel("a", "a1"), parcel("a", "a2")).join();

    assertThat(all).extracting(Handover::kind).doesNotContain(Handover.Kind.ACCEPTED);
    broker.acknowledgements.get("a1").complete(true);
    assertThat(broker.sent).containsExactly("a1");
  }
}
