package io.tcc.transport.rabbitmq;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tcc.protocol.outbox.Handover;
import io.tcc.testing.AmqpServer;
import io.tcc.transaction.Backoff;
import io.tcc.transport.BrokerContract;
import io.tcc.transport.Dispatch;
import io.tcc.transport.MessagingService;
import io.tcc.transport.Receiver;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.springframework.amqp.core.Message;
import org.springframework.amqp.core.ReturnedMessage;
import org.springframework.amqp.rabbit.connection.CachingConnectionFactory;
import org.springframework.amqp.rabbit.connection.CorrelationData;

/** On a real broker of AMQP 0-9-1, although not RabbitMQ itself. */
class RabbitCarrierTest extends BrokerContract {

  private static final AmqpServer SERVER = AmqpServer.ofThisJvm();

  private static final Backoff BACKOFF =
      new Backoff(Duration.ofMillis(50), 1, Duration.ofMillis(50), MessagingService.ATTEMPTS);

  private final List<RabbitReceiver> receivers = new ArrayList<>();

  private static CachingConnectionFactory connections() {
    CachingConnectionFactory connections = new CachingConnectionFactory("127.0.0.1", SERVER.port());
    connections.setUsername(AmqpServer.USER);
    connections.setPassword(AmqpServer.USER);
    connections.setConnectionTimeout(2000);
    return connections;
  }

  @Override
  protected Dispatch.Broker connect(Duration limit) {
    return new RabbitBroker(connections());
  }

  @Override
  protected void disconnect(Dispatch.Broker connected) {
    ((RabbitBroker) connected).close();
  }

  @Override
  protected Receiver receiver(MessagingService service) {
    RabbitReceiver receiver =
        new RabbitReceiver(service.site(), service.arrivals(), connections(), BACKOFF);
    receivers.add(receiver);
    return receiver;
  }

  @AfterEach
  void disconnect() {
    receivers.forEach(RabbitReceiver::close);
  }

  @Test
  void whatNoQueueIsThereForIsNotSent() {
    assertThat(order.deliver("nobody", order.parcel(topic, "lost")))
        .extracting(Handover::kind)
        .containsExactly(Handover.Kind.FAILED);
  }

  /** RabbitMQ returns it and confirms it; the broker here does neither. */
  @Test
  void whatIsConfirmedAndReturnedIsNotSent() {
    CorrelationData.Confirm confirmed = new CorrelationData.Confirm(true, null);
    ReturnedMessage returned =
        new ReturnedMessage(new Message(new byte[0]), 312, "NO_ROUTE", "", "nobody.purchases");

    assertThatThrownBy(() -> RabbitBroker.requireTaken("nobody.purchases", confirmed, returned))
        .hasMessageContaining("NO_ROUTE");
    RabbitBroker.requireTaken("inventory.purchases", confirmed, null);
  }

  @Test
  void whatABrokerThatIsAwayDidNotConfirmIsNotSentAndIsSentWhenItIsBack() {
    isSentWhenTheBrokerIsBack(SERVER::stop, SERVER::start);
  }
}
