package io.tcc.transport.rocketmq;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.tcc.protocol.outbox.Parcel;
import io.tcc.protocol.outbox.Topics;
import io.tcc.testing.Database;
import io.tcc.testing.RocketMqServer;
import io.tcc.testing.TestDatabase;
import io.tcc.transaction.Backoff;
import io.tcc.transport.MessagingService;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;
import java.util.stream.IntStream;
import org.apache.rocketmq.client.consumer.DefaultMQPushConsumer;
import org.apache.rocketmq.client.producer.TransactionMQProducer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.jupiter.api.io.TempDir;

/**
 * Messages of several keys, stored without a pause, and a real broker that is killed under them
 * again and again, and comes back on the same data. {@code -Dtcc.broker.kills=3} sets how many
 * kills; without, nothing runs. {@code -Dtcc.kills.database=postgresql} or {@code mariadb} sets
 * where both services keep their rows.
 */
@EnabledIfSystemProperty(named = "tcc.broker.kills", matches = "\\d+")
class RocketMqCarrierKillTest {

  private static final int KILLS = Integer.getInteger("tcc.broker.kills", 0);
  private static final TestDatabase KIND =
      TestDatabase.valueOf(System.getProperty("tcc.kills.database", "h2").toUpperCase(Locale.ROOT));
  private static final int KEYS = 4;
  private static final String SECRET = "a secret of these two services and nobody else";

  /** Messages that must have been executed from one kill to the next. */
  private static final int BETWEEN = 200;

  /** Open messages above which nothing is stored: they are to be consumed within the patience. */
  private static final int BACKLOG = 1_000;

  private static final String OPEN = "tcc_message where state <> 'CONSUMED'";
  private static final Duration PATIENCE = Duration.ofMinutes(3);
  private static final Backoff BACKOFF =
      new Backoff(Duration.ofMillis(50), 1, Duration.ofMillis(50), 1000);

  private final String topic = "purchases";
  private final AtomicBoolean over = new AtomicBoolean();
  private final AtomicBoolean closed = new AtomicBoolean();

  private static RocketMqSettings settings(RocketMqServer.InAProcess server) {
    return new RocketMqSettings(
        server.nameServer(), "mail", "i" + UUID.randomUUID(), Duration.ofSeconds(2));
  }

  private static MessagingService service(String name, Database database, RocketMqMail broker) {
    Topics topics =
        new Topics(
            Map.of("purchases", new Topics.Topic(List.of("inventory"), Duration.ofSeconds(20))));
    return new MessagingService(name, database, topics, List.of(SECRET), broker, 1000);
  }

  private static void receive(
      MessagingService service,
      RocketMqServer.InAProcess server,
      Set<String> topics,
      boolean results) {
    RocketMqReceiver receiver =
        new RocketMqReceiver(
            service.site(),
            service.arrivals(),
            settings(server),
            DefaultMQPushConsumer::new,
            BACKOFF);
    receiver.start(topics, results);
    service.receiveBy(receiver);
  }

  @Test
  void nothingIsLostNothingIsExecutedTwiceAndEachKeyKeepsItsOrder(@TempDir Path folder)
      throws Exception {
    try (RocketMqServer.InAProcess server =
            new RocketMqServer.InAProcess(folder, topic, RocketMqMail.replies("order"));
        Database ofOrder = KIND.create();
        Database ofInventory = KIND.create()) {
      RocketMqMail broker = new RocketMqMail(settings(server), TransactionMQProducer::new);
      List<Thread> threads = new ArrayList<>();
      try (MessagingService order = service("order", ofOrder, broker);
          MessagingService inventory = service("inventory", ofInventory, broker)) {
        order.hear(topic);
        inventory.listen(topic);
        receive(order, server, Set.of(), true);
        receive(inventory, server, Set.of(topic), false);
        for (MessagingService each : List.of(order, inventory)) {
          threads.add(started(() -> relay(each)));
        }
        List<List<String>> stored = new ArrayList<>();
        List<Thread> writers = new ArrayList<>();
        for (int key = 0; key < KEYS; key++) {
          List<String> ofKey = new ArrayList<>();
          stored.add(ofKey);
          String name = "k" + key;
          writers.add(started(() -> write(order, name, ofKey::add)));
        }
        for (int kill = 1; kill <= KILLS; kill++) {
          int enough = inventory.rows("business") + BETWEEN;
          await().atMost(PATIENCE).until(() -> inventory.rows("business") >= enough);
          server.kill();
          LockSupport.parkNanos(Duration.ofSeconds(1).toNanos());
          server.start();
        }
        int enough = inventory.rows("business") + BETWEEN;
        await().atMost(PATIENCE).until(() -> inventory.rows("business") >= enough);
        over.set(true);
        for (Thread each : writers) {
          each.join();
        }
        await().atMost(PATIENCE).until(() -> order.rows(OPEN) == 0);
        check(inventory, stored);
      } finally {
        over.set(true);
        closed.set(true);
        for (Thread each : threads) {
          each.join();
        }
        broker.close();
      }
    }
  }

  private static Thread started(Runnable work) {
    Thread thread = new Thread(work);
    thread.start();
    return thread;
  }

  private void write(MessagingService order, String key, Consumer<String> stored) {
    for (int i = 0; !over.get(); i++) {
      stored.accept(order.store(topic, key, key + " " + i));
      do {
        LockSupport.parkNanos(Duration.ofMillis(5).toNanos());
      } while (order.rows(OPEN) > BACKLOG && !over.get());
    }
  }

  private void relay(MessagingService service) {
    while (!closed.get()) {
      service.relay();
      LockSupport.parkNanos(Duration.ofMillis(50).toNanos());
    }
  }

  private static void check(MessagingService inventory, List<List<String>> stored) {
    int all = stored.stream().mapToInt(List::size).sum();
    List<String> executed = inventory.executed();
    System.out.printf(
        "%s: %d kills of the broker, %d messages of %d keys, %d executed%n",
        KIND, KILLS, all, KEYS, executed.size());
    assertThat(executed).doesNotHaveDuplicates().hasSize(all);
    for (int key = 0; key < KEYS; key++) {
      String name = "k" + key;
      assertThat(inventory.parcels.stream().filter(p -> name.equals(p.key())).map(Parcel::body))
          .as(name)
          .containsExactlyElementsOf(
              IntStream.range(0, stored.get(key).size()).mapToObj(i -> name + " " + i).toList());
    }
  }
}
