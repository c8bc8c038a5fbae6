package io.tcc.transport.kafka;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.tcc.protocol.outbox.Handover;
import io.tcc.testing.KafkaServer;
import io.tcc.transaction.Backoff;
import io.tcc.transaction.MessageState;
import io.tcc.transport.BrokerContract;
import io.tcc.transport.Dispatch;
import io.tcc.transport.MessagingService;
import io.tcc.transport.Receiver;
import java.time.Duration;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** On a real broker. */
class KafkaCarrierTest extends BrokerContract {

  private static final KafkaServer SERVER = KafkaServer.ofThisJvm();

  private static final Backoff BACKOFF =
      new Backoff(Duration.ofMillis(50), 1, Duration.ofMillis(50), MessagingService.ATTEMPTS);

  private static Map<String, Object> settings() {
    return Map.of("bootstrap.servers", SERVER.servers(), "metadata.max.age.ms", "200");
  }

  @Override
  protected Dispatch.Broker connect(Duration limit) {
    return new KafkaBroker(settings(), limit);
  }

  @Override
  protected void disconnect(Dispatch.Broker connected) {
    ((KafkaBroker) connected).close();
  }

  @Override
  protected Receiver receiver(MessagingService service) {
    return new KafkaReceiver(service.site(), service.arrivals(), settings(), 2, BACKOFF);
  }

  @Test
  void whatWasSentBeforeItsReceiverFirstRanIsExecuted() {
    MessagingService late = service("late-" + suffix, MessagingService.ATTEMPTS);
    late.listen(topic + "-late");
    assertThat(order.deliver("late-" + suffix, order.parcel(topic + "-late", "early")))
        .containsExactly(Handover.ACCEPTED);

    receive(late, Set.of(topic + "-late"), false);

    await()
        .atMost(PATIENCE)
        .untilAsserted(() -> assertThat(late.executed()).containsExactly("early"));
  }

  @Test
  void ofOneKeyNothingIsSentBehindWhatTheBrokerRefuses() {
    String large = order.store(topic, "k", "x".repeat(2_000_000));
    String behind = order.store(topic, "k", "behind it");
    String other = order.store(topic, "other", "beside it");

    becomes(other, MessageState.CONSUMED);

    assertThat(order.message(large).state()).isEqualTo(MessageState.PENDING);
    assertThat(order.message(large).lastError()).contains("RecordTooLarge");
    assertThat(order.message(behind).state()).isEqualTo(MessageState.PENDING);
    assertThat(inventory.executed()).containsExactly("beside it");
  }

  @Test
  void whatABrokerThatIsAwayDidNotAcknowledgeIsNotSentAndIsSentWhenItIsBack() {
    isSentWhenTheBrokerIsBack(SERVER::stop, SERVER::start);
  }
}
