package io.tcc.protocol.message;

import static org.assertj.core.api.Assertions.assertThat;

import io.tcc.cluster.MovableClock;
import io.tcc.testing.CountingDataSource;
import io.tcc.testing.Database;
import io.tcc.testing.EveryDatabase;
import io.tcc.transaction.HalfMessage;
import io.tcc.transaction.HalfMessageState;
import io.tcc.transaction.Outcome;
import io.tcc.transaction.TransactionEvent;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;

/** What is committed and not acknowledged is delivered in the end, or a person is told. */
class RedeliveryTest {

  private static final String TEA = "{\"item\":\"tea\"}";

  private final MovableClock clock = Sender.clock();
  private final FakeBroker broker = new FakeBroker();
  private CountingDataSource dataSource;
  private Sender sender;

  @BeforeEach
  void open(Database database) {
    Sender.createBusinessTable(database.dataSource());
    dataSource = new CountingDataSource(database.dataSource());
    sender = new Sender(dataSource, broker, clock);
  }

  private Redelivery.Pass pass() {
    return sender.redelivery().runOnce();
  }

  /** Places an order; its process dies before it tells the broker to deliver. */
  private void placedAndForgotten(String item) {
    sender.place(item);
    sender.forgetLater();
  }

  private HalfMessage only(HalfMessageState state) {
    List<HalfMessage> all =
        sender.local().separate(Duration.ofSeconds(2), () -> sender.rows().in(state, 10));
    assertThat(all).hasSize(1);
    return all.get(0);
  }

  @EveryDatabase
  void aHalfMessageThatTheBrokerGaveUpIsCommittedOnceMore() {
    placedAndForgotten("tea");
    broker.giveUp();

    clock.advance(Sender.GRACE.minusMillis(1));
    assertThat(pass().delivered()).isZero();
    clock.advance(Duration.ofMillis(1));
    assertThat(pass().delivered()).isEqualTo(1);

    assertThat(broker.calls()).containsExactly("prepare", "end COMMIT");
    assertThat(broker.bodies()).containsExactly(TEA);
    assertThat(sender.states()).isEqualTo(Map.of("DELIVERED", 1L));
    assertThat(sender.events())
        .containsExactly(
            new TransactionEvent.HalfMessageEnded(
                broker.delivered().get(0).id(), "orders", Outcome.COMMIT, true));
  }

  @EveryDatabase
  void aHalfMessageThatTheBrokerHasNoMoreIsSentAnewUnderTheSameId() {
    placedAndForgotten("tea");
    Letter half = broker.halves().get(0);
    broker.forget();
    clock.advance(Sender.GRACE);

    assertThat(pass().delivered()).isEqualTo(1);

    assertThat(broker.calls()).containsExactly("prepare", "end COMMIT", "send");
    assertThat(broker.delivered()).containsExactly(half);
  }

  @EveryDatabase
  void aBrokerThatIsAwayIsTriedAgainWithGrowingDelaysAndThenTheMessageIsParked() {
    placedAndForgotten("tea");
    broker.away(true);
    clock.advance(Sender.GRACE);

    Duration delay = Duration.ofSeconds(1);
    for (int failed = 1; failed < Sender.ATTEMPTS; failed++) {
      assertThat(pass().failed()).isEqualTo(1);
      HalfMessage waiting = only(HalfMessageState.COMMITTED);
      assertThat(waiting.attempts()).isEqualTo(failed);
      assertThat(waiting.nextAttempt()).isEqualTo(clock.instant().plus(delay));
      clock.advance(delay.minusMillis(1));
      assertThat(pass().failed()).isZero();
      clock.advance(Duration.ofMillis(1));
      delay = delay.multipliedBy(2);
    }
    assertThat(pass().failed()).isEqualTo(1);

    HalfMessage parked = only(HalfMessageState.PARKED);
    assertThat(parked.lastError()).contains("away");
    assertThat(sender.events())
        .singleElement()
        .isInstanceOfSatisfying(
            TransactionEvent.HalfMessageParked.class,
            event -> assertThat(event.xid()).isEqualTo(parked.id()));
    clock.advance(Duration.ofDays(30));
    assertThat(pass().failed()).isZero();

    broker.away(false);
    assertThat(
            sender
                .local()
                .separate(
                    Duration.ofSeconds(2),
                    () -> sender.rows().requeue(parked.id(), clock.instant())))
        .isTrue();
    assertThat(pass().delivered()).isEqualTo(1);
    assertThat(broker.bodies()).containsExactly(TEA);
  }

  @EveryDatabase
  void aBrokerThatStaysSilentAboutAHalfMessageGetsTheMessageAnew() {
    placedAndForgotten("tea");
    broker.expose(
        new FakeBroker.Fault() {
          @Override
          public void before(String call) {
            if (call.startsWith("end")) {
              throw new BrokerException("that broker is gone, another one lives", null);
            }
          }
        });
    clock.advance(Sender.GRACE);

    for (int i = 0; i < Redelivery.PATIENCE; i++) {
      assertThat(pass().delivered()).isZero();
      clock.advance(Duration.ofSeconds(60));
    }
    assertThat(pass().delivered()).isEqualTo(1);

    assertThat(broker.calls())
        .containsExactly("prepare", "end COMMIT", "end COMMIT", "end COMMIT", "send");
  }

  @EveryDatabase
  void afterThreeFailuresInARowTheRestOfTheBatchIsNotTried() {
    for (int i = 0; i < Sender.BATCH; i++) {
      placedAndForgotten("item " + i);
    }
    broker.away(true);
    clock.advance(Sender.GRACE);

    Redelivery.Pass pass = pass();

    assertThat(pass.failed()).isEqualTo(Sender.BATCH);
    assertThat(pass.full()).isTrue();
    assertThat(broker.calls()).filteredOn(call -> call.equals("end COMMIT")).hasSize(3);
    assertThat(sender.sql().queryForList("select attempts from tcc_half_message", Integer.class))
        .containsExactlyInAnyOrder(1, 1, 1, 0, 0);
    broker.away(false);
    clock.advance(Duration.ofSeconds(60));
    assertThat(pass().delivered()).isEqualTo(Sender.BATCH);
  }

  @EveryDatabase
  void whatOneInstanceHasTakenAnotherOneTakesAfterTheLease() {
    placedAndForgotten("tea");
    clock.advance(Sender.GRACE);
    Duration lease = Duration.ofSeconds(30);
    sender
        .local()
        .separate(
            Duration.ofSeconds(2),
            () -> sender.rows().claimDue(clock.instant(), clock.instant().plus(lease), 10));
    Sender other = new Sender(dataSource, broker, clock);

    assertThat(other.redelivery().runOnce().delivered()).isZero();
    clock.advance(lease);
    assertThat(other.redelivery().runOnce().delivered()).isEqualTo(1);
  }

  @EveryDatabase
  void aNoteThatCouldNotBeWrittenIsWrittenLater() {
    sender.place("tea");
    sender.runLater();
    sender.sql().execute("alter table tcc_half_message rename to away");
    assertThat(catching(this::pass)).isNotNull();
    sender.sql().execute("alter table away rename to tcc_half_message");

    assertThat(pass().noted()).isEqualTo(1);
    assertThat(sender.states()).isEqualTo(Map.of("DELIVERED", 1L));
  }

  @EveryDatabase
  void finishedRowsAreDeletedAfterTheRetentionAndUnfinishedOnesNever() {
    sender.place("delivered");
    sender.runLater();
    pass();
    sender
        .messages()
        .answer(
            FakeBroker.question(
                new Letter(
                    Sender.randomId(),
                    "orders",
                    "",
                    null,
                    "",
                    sender.site(),
                    clock.instant().minus(Sender.TIMEOUT))));
    placedAndForgotten("waiting");
    broker.away(true);
    assertThat(sender.states())
        .isEqualTo(Map.of("DELIVERED", 1L, "ROLLED_BACK", 1L, "COMMITTED", 1L));

    clock.advance(Sender.RETENTION);
    assertThat(pass().purged()).isZero();
    clock.advance(Duration.ofMinutes(1));
    assertThat(pass().purged()).isEqualTo(2);

    assertThat(sender.states()).isEqualTo(Map.of("COMMITTED", 1L));
  }

  @EveryDatabase
  void aPassThatDeletesABatchIsFull() {
    for (int i = 0; i <= Sender.BATCH; i++) {
      sender.place("item " + i);
      sender.runLater();
    }
    pass();
    pass();
    clock.advance(Sender.RETENTION.plusMinutes(1));
    Redelivery.Pass first = pass();
    assertThat(first.purged()).isEqualTo(Sender.BATCH);
    assertThat(first.full()).isTrue();
    Redelivery.Pass second = pass();
    assertThat(second.purged()).isEqualTo(1);
    assertThat(second.full()).isFalse();
  }

  private static Throwable catching(Runnable work) {
    try {
      work.run();
      return null;
    } catch (RuntimeException e) {
      return e;
    }
  }
}
