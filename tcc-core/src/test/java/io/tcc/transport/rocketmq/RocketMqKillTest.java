package io.tcc.transport.rocketmq;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.tcc.cluster.MovableClock;
import io.tcc.protocol.message.BrokerException;
import io.tcc.protocol.message.Letter;
import io.tcc.protocol.message.Sender;
import io.tcc.protocol.message.Verdict;
import io.tcc.testing.Database;
import io.tcc.testing.OnDatabase;
import io.tcc.testing.RocketMqServer;
import io.tcc.testing.TestDatabase;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import org.apache.rocketmq.client.producer.TransactionMQProducer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A real broker that is killed between half message and end, and comes back. */
@OnDatabase(TestDatabase.H2)
class RocketMqKillTest {

  private static final Duration SOON = Duration.ofSeconds(30);

  private static RocketMqBroker client(RocketMqServer.InAProcess server) {
    return new RocketMqBroker(
        new RocketMqSettings(
            server.nameServer(), "shop", "i" + UUID.randomUUID(), Duration.ofSeconds(3)),
        TransactionMQProducer::new);
  }

  @Test
  void nothingIsLostAndNothingRolledBackIsDeliveredWhenTheBrokerIsKilled(
      Database database, @TempDir Path folder) {
    Sender.createBusinessTable(database.dataSource());
    MovableClock clock = new MovableClock(Instant.now());
    try (RocketMqServer.InAProcess server = new RocketMqServer.InAProcess(folder, "orders")) {
      RocketMqBroker broker = client(server);
      Sender sender = new Sender(database.dataSource(), broker, clock);
      // Not asked: what becomes of the half messages is up to those who come later.
      broker.start(Set.of("orders"), (check, half) -> Verdict.UNKNOWN);
      sender.place("tea");
      sender.runLater();
      assertThatThrownBy(
              () ->
                  sender.inUsersTransaction(
                      () -> {
                        sender.place("rolled back");
                        throw new IllegalStateException("no");
                      }))
          .hasMessage("no");
      sender.forgetLater();
      sender.place("cake");

      server.kill();

      sender.runLater();
      assertThatThrownBy(() -> sender.place("while it was dead"))
          .isInstanceOf(BrokerException.class);
      sender.runLater();
      assertThat(sender.orders()).containsExactly("cake", "tea");
      assertThat(sender.redelivery().runOnce().noted()).isEqualTo(1);

      server.start();

      clock.advance(Sender.TIMEOUT);
      RocketMqBroker second = client(server);
      Sender other = new Sender(database.dataSource(), second, clock);
      second.start(Set.of("orders"), other.messages()::answerAndEnd);
      await()
          .atMost(SOON)
          .until(
              () ->
                  other
                      .states()
                      .equals(Map.of("DELIVERED", 1L, "COMMITTED", 1L, "ROLLED_BACK", 1L)));
      assertThat(other.redelivery().runOnce().failed()).isZero();
      assertThat(other.states()).isEqualTo(Map.of("DELIVERED", 2L, "ROLLED_BACK", 1L));

      other.place("marker");
      other.runLater();
      try (Inbox inbox = new Inbox(server.nameServer(), "orders")) {
        await().atMost(SOON).until(() -> inbox.bodies().contains("{\"item\":\"marker\"}"));
        // The check and redelivery may both have had the cake delivered: consumers de-duplicate.
        assertThat(inbox.letters().stream().distinct().map(Letter::body))
            .containsExactlyInAnyOrder(
                "{\"item\":\"tea\"}", "{\"item\":\"cake\"}", "{\"item\":\"marker\"}");
      }
      second.stop();
      broker.stop();
    }
  }
}
