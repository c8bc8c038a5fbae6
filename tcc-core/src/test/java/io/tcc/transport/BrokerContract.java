package io.tcc.transport;

import static io.tcc.transport.MessagingService.LIMIT;
import static io.tcc.transport.MessagingService.REPLY_WITHIN;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.tcc.protocol.outbox.Handover;
import io.tcc.protocol.outbox.Parcel;
import io.tcc.protocol.outbox.Topics;
import io.tcc.testing.Database;
import io.tcc.testing.TestDatabase;
import io.tcc.transaction.Message;
import io.tcc.transaction.MessageRejectedException;
import io.tcc.transaction.MessageState;
import io.tcc.transaction.TransactionEvent;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/**
 * What a broker promises as a carrier of messages, seen on a real one: two services and a topic.
 */
public abstract class BrokerContract {

  private static final String SECRET = "a secret that only these two services know";
  protected static final Duration PATIENCE = Duration.ofSeconds(30);

  /** Of this test alone: brokers are shared, and so are services' names. */
  protected final String suffix = MessagingService.random().substring(0, 8);

  protected final String topic = "purchases-" + suffix;
  private final String sender = "order-" + suffix;
  private final String addressee = "inventory-" + suffix;
  private final List<MessagingService> services = new ArrayList<>();
  private final List<Database> databases = new ArrayList<>();
  protected Dispatch.Broker broker;
  protected MessagingService order;
  protected MessagingService inventory;

  /** The sending side, connected. */
  protected abstract Dispatch.Broker connect(Duration limit);

  protected abstract void disconnect(Dispatch.Broker connected);

  /** The receiving side of a service. */
  protected abstract Receiver receiver(MessagingService service);

  @BeforeEach
  void open() {
    broker = connect(LIMIT);
    order = service(sender, MessagingService.ATTEMPTS);
    inventory = service(addressee, MessagingService.ATTEMPTS);
    inventory.listen(topic);
    order.hear(topic);
    receive(order, Set.of(), true);
    receive(inventory, Set.of(topic), false);
  }

  protected MessagingService service(String name, int attempts) {
    Database database = TestDatabase.H2.create();
    databases.add(database);
    Topics topics = new Topics(Map.of(topic, new Topics.Topic(List.of(addressee), REPLY_WITHIN)));
    MessagingService service =
        new MessagingService(name, database, topics, List.of(SECRET), broker, attempts);
    services.add(service);
    return service;
  }

  protected void receive(MessagingService service, Set<String> topics, boolean results) {
    Receiver receiver = receiver(service);
    receiver.start(topics, results);
    service.receiveBy(receiver);
  }

  @AfterEach
  void close() {
    services.forEach(MessagingService::close);
    disconnect(broker);
    databases.forEach(Database::close);
  }

  /** Relays both until a message has a state. */
  protected Message becomes(String id, MessageState state) {
    await()
        .atMost(PATIENCE)
        .untilAsserted(
            () -> {
              order.relay();
              inventory.relay();
              assertThat(order.message(id).state()).isEqualTo(state);
            });
    return order.message(id);
  }

  @Test
  void aMessageIsExecutedAndItsResultComesBack() {
    String body = "{\"message\":{\"item\":\"Büchse €\"}}";
    inventory.business =
        parcel -> {
          if (parcel.body().contains("unicorn")) {
            throw new MessageRejectedException("there are none – sorry");
          }
        };
    String consumed = order.store(topic, "schlüssel 1", body);
    String rejected = order.store(topic, null, "{\"message\":\"unicorn\"}");

    becomes(consumed, MessageState.CONSUMED);
    assertThat(becomes(rejected, MessageState.REJECTED).reason())
        .isEqualTo("there are none – sorry");

    assertThat(inventory.executed()).containsExactly(body);
    Parcel parcel = inventory.parcels.get(0);
    assertThat(parcel.id()).isEqualTo(consumed);
    assertThat(parcel.key()).isEqualTo("schlüssel 1");
    assertThat(parcel.stored()).isEqualTo(order.message(consumed).stored());
    assertThat(parcel.answer()).isTrue();
    assertThat(order.told)
        .containsExactlyInAnyOrder("CONSUMED null", "REJECTED there are none – sorry");
  }

  @Test
  void messagesOfOneKeyAreExecutedInTheirOrder() {
    List<String> stored = new ArrayList<>();
    for (int i = 0; i < 40; i++) {
      stored.add(order.store(topic, i % 2 == 0 ? "even" : "odd", Integer.toString(i)));
    }

    becomes(stored.get(38), MessageState.CONSUMED);
    becomes(stored.get(39), MessageState.CONSUMED);

    for (int rest = 0; rest < 2; rest++) {
      int which = rest;
      assertThat(inventory.parcels.stream().map(Parcel::body).filter(b -> isOf(b, which)))
          .containsExactlyElementsOf(
              IntStream.range(0, 40)
                  .mapToObj(Integer::toString)
                  .filter(b -> isOf(b, which))
                  .toList());
    }
  }

  /** What a broker that is away did not take is not sent, and is when it is back. */
  protected void isSentWhenTheBrokerIsBack(Runnable stop, Runnable start) {
    becomes(order.store(topic, null, "before"), MessageState.CONSUMED);
    stop.run();
    String id = order.store(topic, null, "meanwhile");
    try {
      order.relay();
      assertThat(order.message(id).state()).isEqualTo(MessageState.PENDING);
      assertThat(order.message(id).attempts()).isEqualTo(1);
    } finally {
      start.run();
    }

    becomes(id, MessageState.CONSUMED);
    assertThat(inventory.executed()).containsExactly("before", "meanwhile");
  }

  private static boolean isOf(String body, int rest) {
    return Integer.parseInt(body) % 2 == rest;
  }

  @Test
  void whatComesTwiceIsExecutedOnce() {
    String id = order.store(topic, null, "once");
    becomes(id, MessageState.CONSUMED);
    Parcel parcel = inventory.parcels.get(0);

    assertThat(order.deliver(addressee, parcel)).containsExactly(Handover.ACCEPTED);
    becomes(order.store(topic, null, "behind it"), MessageState.CONSUMED);

    assertThat(inventory.executed()).containsExactlyInAnyOrder("once", "behind it");
    assertThat(order.message(id).state()).isEqualTo(MessageState.CONSUMED);
    assertThat(order.told).hasSize(2);
  }

  @Test
  void aMessageThatIsNeverExecutedIsDeadAtItsSenderAndThoseBehindItGoOn() {
    inventory.business =
        parcel -> {
          if (parcel.body().equals("poison")) {
            throw new IllegalStateException("it cannot be digested");
          }
        };
    String poison = order.store(topic, "k", "poison");
    order.relay();
    String behind = order.store(topic, "k", "behind it");

    assertThat(becomes(poison, MessageState.DEAD).lastError())
        .contains(addressee, "it cannot be digested");
    becomes(behind, MessageState.CONSUMED);
    assertThat(inventory.executed()).containsExactly("behind it");
    assertThat(order.events)
        .anySatisfy(
            event ->
                assertThat(event)
                    .isInstanceOfSatisfying(
                        TransactionEvent.MessageDead.class,
                        dead -> assertThat(dead.message()).isEqualTo(poison)));

    inventory.business = parcel -> {};
    order.requeue(poison);
    becomes(poison, MessageState.CONSUMED);
    assertThat(inventory.executed()).containsExactlyInAnyOrder("behind it", "poison");
  }

  @Test
  void whatWasNotCommittedHereIsStillAtTheBroker() {
    MessagingService late = service("late-" + suffix, Integer.MAX_VALUE);
    late.listen(topic);
    AtomicInteger begun = new AtomicInteger();
    late.business =
        parcel -> {
          begun.incrementAndGet();
          throw new IllegalStateException("the disk is full");
        };
    receive(late, Set.of(topic), false);
    assertThat(order.deliver("late-" + suffix, order.parcel(topic, "precious")))
        .containsExactly(Handover.ACCEPTED);
    await().atMost(PATIENCE).until(() -> begun.get() > 0);
    late.receiveBy(null);
    assertThat(late.executed()).isEmpty();

    late.business = parcel -> {};
    receive(late, Set.of(topic), false);

    await()
        .atMost(PATIENCE)
        .untilAsserted(() -> assertThat(late.executed()).containsExactly("precious"));
  }

  @Test
  void hostileMessagesChangeNothingAndHoldNobodyUp() {
    Envelope right = order.envelope(order.parcel(topic, "hostile"), addressee);
    send(with(right, "tcc-signature", null), topic);
    send(with(right, "tcc-signature", "0".repeat(64)), topic);
    send(new Envelope(right.headers(), "tampered"), topic);
    for (String header : List.of("tcc-id", "tcc-from", "tcc-topic", "tcc-stored", "tcc-answer")) {
      send(with(right, header, MessagingService.random()), topic);
      send(with(right, header, null), topic);
    }
    send(with(right, "tcc-kind", "nonsense"), topic);
    send(new Envelope(Map.of("some", "header"), "of somebody else"), topic);
    send(order.envelope(order.parcel(topic, "for another"), "billing"), topic);

    becomes(order.store(topic, null, "behind them"), MessageState.CONSUMED);

    assertThat(inventory.executed()).containsExactly("behind them");
    assertThat(inventory.refused(Refusal.UNSIGNED)).isEqualTo(1);
    assertThat(inventory.refused(Refusal.FORGED)).isGreaterThanOrEqualTo(5);
    assertThat(inventory.refused(Refusal.MALFORMED)).isPositive();
  }

  protected void send(Envelope envelope, String to) {
    broker.send(addressee, to, null, envelope).join();
  }

  private static Envelope with(Envelope envelope, String header, String value) {
    Map<String, String> headers = new TreeMap<>(envelope.headers());
    if (value == null) {
      headers.remove(header);
    } else {
      headers.put(header, value);
    }
    return new Envelope(headers, envelope.body());
  }

  @Test
  void aMessageThatIsOlderThanTheInboxRemembersIsDeadAtOnce() {
    String id = order.store(topic, null, "forgotten");
    Parcel old =
        new Parcel(id, topic, null, Instant.now().minus(Duration.ofDays(8)), true, null, "old");
    order.deliver(addressee, old);

    await()
        .atMost(PATIENCE)
        .untilAsserted(
            () -> {
              inventory.relay();
              assertThat(order.message(id).state()).isEqualTo(MessageState.DEAD);
            });
    assertThat(inventory.executed()).isEmpty();
  }

  protected String addressee() {
    return addressee;
  }
}
