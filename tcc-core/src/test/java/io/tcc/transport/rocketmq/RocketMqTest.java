package io.tcc.transport.rocketmq;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.tcc.protocol.message.Broker;
import io.tcc.protocol.message.BrokerException;
import io.tcc.protocol.message.CheckBack;
import io.tcc.protocol.message.Letter;
import io.tcc.protocol.message.Verdict;
import io.tcc.testing.RocketMqServer;
import io.tcc.transaction.Outcome;
import io.tcc.transaction.Site;
import io.tcc.transaction.Xid;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.BiFunction;
import org.apache.rocketmq.client.exception.MQBrokerException;
import org.apache.rocketmq.client.exception.MQClientException;
import org.apache.rocketmq.client.producer.SendResult;
import org.apache.rocketmq.client.producer.SendStatus;
import org.apache.rocketmq.client.producer.TransactionMQProducer;
import org.apache.rocketmq.common.message.Message;
import org.apache.rocketmq.remoting.exception.RemotingException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/**
 * What a real broker does with half messages, and what it makes of our answers. All tests of the
 * class use one broker, each its own topic and group.
 */
class RocketMqTest {

  private static final Duration SOON = Duration.ofSeconds(20);

  private final List<AutoCloseable> open = new ArrayList<>();
  private final String topic = "topic-" + UUID.randomUUID();
  private final String group = "group-" + UUID.randomUUID();
  private final List<CheckBack> asked = new CopyOnWriteArrayList<>();

  @AfterEach
  void close() throws Exception {
    for (AutoCloseable each : open) {
      each.close();
    }
  }

  private RocketMqBroker connect(String nameServer, BiFunction<CheckBack, String, Verdict> checks) {
    return connect(nameServer, checks, TransactionMQProducer::new);
  }

  private RocketMqBroker connect(
      String nameServer, BiFunction<CheckBack, String, Verdict> checks, ProducerFactory producers) {
    RocketMqBroker broker =
        new RocketMqBroker(
            new RocketMqSettings(nameServer, group, "i" + UUID.randomUUID(), Duration.ofSeconds(2)),
            producers);
    broker.start(
        Set.of(topic),
        (check, half) -> {
          asked.add(check);
          return checks.apply(check, half);
        });
    open.add(broker::stop);
    return broker;
  }

  private RocketMqBroker connect(BiFunction<CheckBack, String, Verdict> checks) {
    return connect(RocketMqServer.ofThisJvm().topic(topic).nameServer(), checks);
  }

  private RocketMqBroker unasked() {
    return connect((check, half) -> Verdict.UNKNOWN);
  }

  private Letter letter(String body) {
    return new Letter(
        new Xid(UUID.randomUUID().toString().replace("-", "")),
        topic,
        "tag",
        "key 世界",
        body,
        new Site("shop", "0123456789abcdef0123456789abcdef"),
        Instant.ofEpochMilli(1_700_000_000_123L));
  }

  private Inbox inbox(String nameServer) {
    Inbox inbox = new Inbox(nameServer, topic);
    open.add(inbox);
    return inbox;
  }

  private Inbox inbox() {
    return inbox(RocketMqServer.ofThisJvm().topic(topic).nameServer());
  }

  @Test
  void aHalfMessageIsDeliveredWhenItIsCommittedAndComesOutAsItWentIn() {
    RocketMqBroker broker = unasked();
    Inbox inbox = inbox();
    Letter letter = letter("{\"grüße\":\"世界 😀\"}");

    String half = broker.prepare(letter);
    Letter marker = letter("marker");
    broker.send(marker);
    inbox.awaits(1);
    assertThat(inbox.letters()).containsExactly(marker);

    assertThat(broker.end(topic, half, Outcome.COMMIT)).isEqualTo(Broker.Answer.DONE);
    inbox.awaits(2);
    assertThat(inbox.letters()).containsExactly(marker, letter);
  }

  @Test
  void aHalfMessageThatIsRolledBackIsNotDelivered() {
    RocketMqBroker broker = unasked();
    String half = broker.prepare(letter("rolled back"));

    assertThat(broker.end(topic, half, Outcome.ABORT)).isEqualTo(Broker.Answer.DONE);

    broker.send(letter("marker"));
    Inbox inbox = inbox();
    inbox.awaits(1);
    assertThat(inbox.bodies()).containsExactly("marker");
  }

  @Test
  void aHalfMessageThatDoesNotExistIsRefused() {
    RocketMqBroker broker = unasked();
    HalfMessageAddress half = HalfMessageAddress.parse(broker.prepare(letter("a")));
    HalfMessageAddress nowhere =
        new HalfMessageAddress(half.broker(), half.queueOffset(), 1L << 40, half.messageId(), "");
    HalfMessageAddress silent =
        new HalfMessageAddress(
            "no such broker", half.queueOffset(), half.commitLogOffset(), half.messageId(), "");

    assertThat(broker.end(topic, nowhere.toString(), Outcome.COMMIT))
        .isEqualTo(Broker.Answer.REFUSED);
    assertThat(broker.end(topic, silent.toString(), Outcome.COMMIT))
        .isEqualTo(Broker.Answer.SILENT);
    assertThat(broker.end(topic, half.toString(), Outcome.ABORT)).isEqualTo(Broker.Answer.DONE);
  }

  @Test
  void aCheckAsksAboutTheMessageAndItsAnswerEndsIt() {
    List<Broker.Answer> ended = new CopyOnWriteArrayList<>();
    RocketMqBroker[] self = new RocketMqBroker[1];
    self[0] =
        connect(
            (check, half) -> {
              ended.add(self[0].end(check.topic(), half, Outcome.COMMIT));
              return Verdict.UNKNOWN;
            });
    Inbox inbox = inbox();
    Letter letter = letter("checked");

    self[0].prepare(letter);

    inbox.awaits(1);
    assertThat(asked).contains(new CheckBack(letter.id(), topic, letter.sender(), letter.begun()));
    // The broker forgets half messages in batches: it may ask about one that has ended.
    assertThat(ended).isNotEmpty().containsOnly(Broker.Answer.DONE);
    assertThat(inbox.letters()).containsExactly(letter);
  }

  @Test
  void theBrokersOwnWayOfAnsweringWorksAsWell() {
    Letter unwanted = letter("rolled back in the check");
    RocketMqBroker broker =
        connect(
            (check, half) -> check.id().equals(unwanted.id()) ? Verdict.ROLLBACK : Verdict.COMMIT);
    Inbox inbox = inbox();

    broker.prepare(unwanted);
    await().atMost(SOON).until(() -> !asked.isEmpty());
    broker.prepare(letter("committed in the check"));

    inbox.awaits(1);
    assertThat(inbox.bodies()).containsExactly("committed in the check");
  }

  @Test
  void whoIsNotAnsweredIsAskedUpToTheLimitAndCanStillBeCommitted() {
    RocketMqBroker broker = unasked();
    Inbox inbox = inbox();
    String half = broker.prepare(letter("given up"));
    await().atMost(SOON).until(() -> asked.size() == RocketMqServer.CHECKS);

    String later = broker.prepare(letter("later"));
    Xid first = asked.get(0).id();
    await()
        .atMost(SOON)
        .until(() -> asked.stream().filter(each -> !each.id().equals(first)).count() >= 2);
    assertThat(asked.stream().filter(each -> each.id().equals(first)).count())
        .isEqualTo(RocketMqServer.CHECKS);
    broker.end(topic, later, Outcome.ABORT);

    assertThat(broker.end(topic, half, Outcome.COMMIT)).isEqualTo(Broker.Answer.DONE);
    inbox.awaits(1);
    assertThat(inbox.bodies()).containsExactly("given up");
  }

  @Test
  void anInstanceThatSentNothingIsAskedForOneThatIsGone() {
    RocketMqBroker gone = unasked();
    Letter letter = letter("of one that is gone");
    gone.prepare(letter);
    gone.stop();
    asked.clear();

    RocketMqBroker[] self = new RocketMqBroker[1];
    self[0] =
        connect(
            (check, half) -> {
              self[0].end(check.topic(), half, Outcome.COMMIT);
              return Verdict.UNKNOWN;
            });

    Inbox inbox = inbox();
    inbox.awaits(1);
    assertThat(inbox.letters()).containsExactly(letter);
  }

  @Test
  void aMessageThatTheBrokerHasNotSafelyIsAnError() {
    ProducerFactory unsafe =
        name ->
            new TransactionMQProducer(name) {
              @Override
              public SendResult send(Message message)
                  throws MQClientException,
                      RemotingException,
                      MQBrokerException,
                      InterruptedException {
                SendResult result = super.send(message);
                result.setSendStatus(SendStatus.FLUSH_DISK_TIMEOUT);
                return result;
              }
            };
    RocketMqBroker broker =
        connect(
            RocketMqServer.ofThisJvm().topic(topic).nameServer(),
            (check, half) -> Verdict.UNKNOWN,
            unsafe);

    assertThatThrownBy(() -> broker.prepare(letter("a")))
        .isInstanceOf(BrokerException.class)
        .hasMessageContaining("FLUSH_DISK_TIMEOUT");
  }

  @Test
  void aBrokerThatIsAwayIsAnError() {
    RocketMqBroker broker = connect("127.0.0.1:1", (check, half) -> Verdict.UNKNOWN);

    assertThatThrownBy(() -> broker.prepare(letter("a")))
        .isInstanceOf(BrokerException.class)
        .hasMessageContaining(topic);
    assertThat(
            broker.end(
                topic, new HalfMessageAddress("b", 0, 0, "m", "").toString(), Outcome.COMMIT))
        .isEqualTo(Broker.Answer.SILENT);
  }
}
