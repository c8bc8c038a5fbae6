package io.tcc.transport.rocketmq;

import static org.assertj.core.api.Assertions.assertThat;

import io.tcc.protocol.outbox.Handover;
import io.tcc.testing.RocketMqServer;
import io.tcc.transaction.Backoff;
import io.tcc.transport.BrokerContract;
import io.tcc.transport.Dispatch;
import io.tcc.transport.Envelope;
import io.tcc.transport.MessagingService;
import io.tcc.transport.Receiver;
import java.time.Duration;
import java.util.Map;
import java.util.UUID;
import org.apache.rocketmq.client.consumer.DefaultMQPushConsumer;
import org.apache.rocketmq.client.producer.TransactionMQProducer;
import org.junit.jupiter.api.Test;

/** On a real broker. */
class RocketMqCarrierTest extends BrokerContract {

  private static final RocketMqServer SERVER = RocketMqServer.ofThisJvm();

  private static final Backoff BACKOFF =
      new Backoff(Duration.ofMillis(50), 1, Duration.ofMillis(50), MessagingService.ATTEMPTS);

  private RocketMqSettings settings(String nameServer) {
    return new RocketMqSettings(
        nameServer, "mail-" + suffix, "i" + UUID.randomUUID(), Duration.ofSeconds(2));
  }

  @Override
  protected Dispatch.Broker connect(Duration limit) {
    SERVER.topic(topic).topic(RocketMqMail.replies("order-" + suffix));
    return new RocketMqMail(settings(SERVER.nameServer()), TransactionMQProducer::new);
  }

  @Override
  protected void disconnect(Dispatch.Broker connected) {
    ((RocketMqMail) connected).close();
  }

  @Override
  protected Receiver receiver(MessagingService service) {
    return new RocketMqReceiver(
        service.site(),
        service.arrivals(),
        settings(SERVER.nameServer()),
        DefaultMQPushConsumer::new,
        BACKOFF);
  }

  @Test
  void whatTheBrokerDoesNotAcknowledgeIsNotSent() {
    assertThat(order.deliver(addressee(), order.parcel("no-such-topic-" + suffix, "lost")))
        .extracting(Handover::kind)
        .containsExactly(Handover.Kind.FAILED);
  }

  @Test
  void whatTheBrokerRefusesIsNotSent() {
    RocketMqMail careless =
        new RocketMqMail(
            settings(SERVER.nameServer()),
            group -> {
              TransactionMQProducer producer = new TransactionMQProducer(group);
              producer.setMaxMessageSize(Integer.MAX_VALUE);
              producer.setCompressMsgBodyOverHowmuch(Integer.MAX_VALUE);
              return producer;
            });
    try {
      Envelope large = new Envelope(Map.of(), "x".repeat(5_000_000));
      assertThat(careless.send(addressee(), topic, "key", large))
          .failsWithin(PATIENCE)
          .withThrowableThat()
          .withMessageContaining("the message is illegal");
    } finally {
      careless.close();
    }
  }
}
