package io.tcc.protocol.message;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tcc.cluster.MovableClock;
import io.tcc.context.Frame;
import io.tcc.testing.Commit;
import io.tcc.testing.CommitListener;
import io.tcc.testing.CountingDataSource;
import io.tcc.testing.Database;
import io.tcc.testing.EveryDatabase;
import io.tcc.transaction.CallPath;
import io.tcc.transaction.GlobalTransaction;
import io.tcc.transaction.Outcome;
import io.tcc.transaction.Site;
import io.tcc.transaction.TransactionEvent;
import io.tcc.transaction.TransactionUsageException;
import java.sql.SQLException;
import java.sql.SQLNonTransientConnectionException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Supplier;
import org.junit.jupiter.api.BeforeEach;
import org.springframework.dao.DuplicateKeyException;
import org.springframework.transaction.UnexpectedRollbackException;

/** Change and message are one, whatever becomes of either; on a broker that fences nothing. */
class TransactionalMessagesTest {

  private final MovableClock clock = Sender.clock();
  private final FakeBroker broker = new FakeBroker();
  private CountingDataSource dataSource;
  private Sender sender;

  @BeforeEach
  void open(Database database) {
    Sender.createBusinessTable(database.dataSource());
    dataSource = new CountingDataSource(database.dataSource());
    sender = new Sender(dataSource, broker, clock);
    dataSource.reset();
  }

  /** Another instance of the same service, which nobody has used. */
  private Sender another() {
    return new Sender(dataSource, broker, clock);
  }

  @EveryDatabase
  void aCommittedChangeIsToldOnceAndCostsNoForcedCommitOfItsOwn() {
    assertThat(sender.place("tea")).isEqualTo("tea");

    assertThat(sender.orders()).containsExactly("tea");
    assertThat(broker.delivered()).isEmpty();
    assertThat(dataSource.durableCommits()).hasSize(1);

    sender.runLater();

    assertThat(broker.calls()).containsExactly("prepare", "end COMMIT");
    assertThat(dataSource.durableCommits()).hasSize(1);
    Letter letter = broker.delivered().get(0);
    assertThat(broker.delivered()).hasSize(1);
    assertThat(letter.topic()).isEqualTo("orders");
    assertThat(letter.tags()).isEqualTo("placed");
    assertThat(letter.key()).isEqualTo("key of tea");
    assertThat(letter.body()).isEqualTo("{\"item\":\"tea\"}");
    assertThat(letter.sender()).isEqualTo(sender.site());
    assertThat(letter.begun()).isEqualTo(clock.instant());
    assertThat(sender.events())
        .containsExactly(
            new TransactionEvent.HalfMessageEnded(letter.id(), "orders", Outcome.COMMIT, false));
  }

  @EveryDatabase
  void acknowledgedDeliveriesAreNotedInBatches() {
    for (int i = 0; i < Sender.BATCH; i++) {
      sender.place("item " + i);
    }
    sender.runLater();
    dataSource.reset();

    assertThat(sender.redelivery().runOnce().noted()).isEqualTo(Sender.BATCH);

    assertThat(dataSource.durableCommits()).hasSize(1);
    assertThat(sender.states()).isEqualTo(Map.of("DELIVERED", 5L));
    clock.advance(Sender.GRACE);
    assertThat(sender.redelivery().runOnce().delivered()).isZero();
    assertThat(broker.delivered()).hasSize(Sender.BATCH);
  }

  @EveryDatabase
  void aChangeThatThrowsTellsNothingAndLeavesNothing() {
    assertThatThrownBy(
            () ->
                sender.tell(
                    Sender.ORDERS,
                    "tea",
                    () -> {
                      sender.insert("tea");
                      throw new Exception("out of tea");
                    }))
        .isExactlyInstanceOf(Exception.class)
        .hasMessage("out of tea");

    sender.runLater();
    assertThat(broker.calls()).isEmpty();
    assertThat(sender.orders()).isEmpty();
    assertThat(sender.states()).isEmpty();
  }

  @EveryDatabase
  void aBrokerThatIsAwayRollsTheChangeBackAndTheCallerGetsTheError() {
    broker.away(true);

    assertThatThrownBy(() -> sender.place("tea")).isInstanceOf(BrokerException.class);

    sender.runLater();
    assertThat(sender.orders()).isEmpty();
    assertThat(sender.states()).isEmpty();
  }

  @EveryDatabase
  void aHalfMessageWhoseAcknowledgementWasLostIsRolledBackByTheCheck() {
    broker.expose(
        new FakeBroker.Fault() {
          @Override
          public void after(String call) {
            throw new BrokerException("answer lost", null);
          }
        });
    assertThatThrownBy(() -> sender.place("tea")).isInstanceOf(BrokerException.class);
    broker.expose(new FakeBroker.Fault() {});
    sender.runLater();

    clock.advance(Sender.TIMEOUT);
    broker.check(another().messages());

    assertThat(broker.open()).isEmpty();
    assertThat(broker.delivered()).isEmpty();
    assertThat(sender.states()).isEqualTo(Map.of("ROLLED_BACK", 1L));
  }

  @EveryDatabase
  void nothingToTellIsNoMessage() {
    sender.messages().tell(Sender.ORDERS, () -> sender.insert("tea"), inserted -> null);

    sender.runLater();
    assertThat(broker.calls()).isEmpty();
    assertThat(sender.orders()).containsExactly("tea");
    clock.advance(Sender.GRACE);
    assertThat(sender.redelivery().runOnce().delivered()).isZero();
  }

  @EveryDatabase
  void inAnOuterTransactionTheMessageWaitsForItsCommit() {
    sender.inUsersTransaction(
        () -> {
          sender.place("tea");
          sender.runLater();
          assertThat(broker.calls()).containsExactly("prepare");
          sender.insert("cake");
        });
    assertThat(broker.delivered()).isEmpty();

    sender.runLater();

    assertThat(broker.bodies()).containsExactly("{\"item\":\"tea\"}");
    assertThat(dataSource.durableCommits()).hasSize(1);
  }

  @EveryDatabase
  void anOuterTransactionThatRollsBackAfterTheSendIsNeverTold() {
    assertThatThrownBy(
            () ->
                sender.inUsersTransaction(
                    () -> {
                      sender.place("tea");
                      throw new IllegalStateException("no");
                    }))
        .hasMessage("no");
    assertThat(broker.open()).hasSize(1);

    sender.runLater();

    assertThat(broker.calls()).containsExactly("prepare", "end ABORT");
    assertThat(broker.delivered()).isEmpty();
    assertThat(sender.orders()).isEmpty();
    assertThat(sender.states()).isEqualTo(Map.of("ROLLED_BACK", 1L));
  }

  @EveryDatabase
  void aFailedChangeRollsItsOuterTransactionBackAlthoughTheExceptionWasCaught() {
    assertThatThrownBy(
            () ->
                sender.inUsersTransaction(
                    () -> {
                      sender.insert("cake");
                      try {
                        sender.tell(
                            Sender.ORDERS,
                            "tea",
                            () -> {
                              sender.insert("tea");
                              throw new Exception("out of tea");
                            });
                      } catch (Exception swallowed) {
                        sender.insert("biscuits");
                      }
                    }))
        .isInstanceOf(UnexpectedRollbackException.class);

    sender.runLater();
    assertThat(sender.orders()).isEmpty();
    assertThat(broker.calls()).isEmpty();
  }

  @EveryDatabase
  void aTombstoneIsInPlaceBeforeTheBrokerIsToldToRollBack() {
    List<Map<String, Long>> states = new ArrayList<>();
    broker.expose(
        new FakeBroker.Fault() {
          @Override
          public void before(String call) {
            if (call.equals("end ABORT")) {
              states.add(sender.states());
            }
          }
        });
    assertThatThrownBy(
        () ->
            sender.inUsersTransaction(
                () -> {
                  sender.place("tea");
                  throw new IllegalStateException("no");
                }));

    sender.runLater();

    assertThat(states).containsExactly(Map.of("ROLLED_BACK", 1L));
  }

  @EveryDatabase
  void whenTheEndIsLostAnyInstanceAnswersFromTheRow() {
    sender.place("tea");
    sender.forgetLater();

    broker.check(another().messages());

    assertThat(broker.bodies()).containsExactly("{\"item\":\"tea\"}");
    assertThat(broker.open()).isEmpty();
  }

  @EveryDatabase
  void whileTheChangeIsAtWorkTheAnswerIsUnknown() {
    sender.inUsersTransaction(
        () -> {
          sender.place("tea");
          assertThat(inAnotherThread(() -> answer(broker.halves().get(0))))
              .isEqualTo(Verdict.UNKNOWN);
        });
    sender.forgetLater();

    assertThat(answer(broker.halves().get(0))).isEqualTo(Verdict.COMMIT);
  }

  @EveryDatabase
  void aChangeThatIsStillAtWorkAfterItsTimeIsNotRolledBackBehindItsBack() {
    sender.inUsersTransaction(
        () -> {
          sender.place("tea");
          clock.advance(Sender.TIMEOUT);
          assertThat(inAnotherThread(() -> answer(broker.halves().get(0))))
              .isEqualTo(Verdict.UNKNOWN);
        });

    sender.runLater();
    assertThat(sender.orders()).containsExactly("tea");
    assertThat(broker.bodies()).containsExactly("{\"item\":\"tea\"}");
  }

  @EveryDatabase
  void aMissingRowMeansUnknownUntilTheTimeIsOverAndRollbackAfterATombstone() {
    Letter lost = letter("tea");
    clock.advance(Sender.TIMEOUT.minusMillis(1));
    assertThat(answer(lost)).isEqualTo(Verdict.UNKNOWN);
    assertThat(sender.states()).isEmpty();

    clock.advance(Duration.ofMillis(1));
    assertThat(answer(lost)).isEqualTo(Verdict.ROLLBACK);
    assertThat(sender.states()).isEqualTo(Map.of("ROLLED_BACK", 1L));
    assertThat(answer(lost)).isEqualTo(Verdict.ROLLBACK);
  }

  @EveryDatabase
  void aLateChangeFailsOnTheTombstonesKey() {
    // What the broker was told is final: the row of a change that comes later must not be.
    Letter lost = letter("tea");
    clock.advance(Sender.TIMEOUT);
    assertThat(answer(lost)).isEqualTo(Verdict.ROLLBACK);

    Sender late = new Sender(dataSource, broker, clock, () -> lost.id().value());

    assertThatThrownBy(() -> late.place("tea")).hasMessageContaining(lost.id().value());
    assertThat(sender.orders()).isEmpty();
  }

  @EveryDatabase
  void aChangeThatTookTooLongIsRolledBack() {
    assertThatThrownBy(
            () ->
                sender.tell(
                    Sender.ORDERS,
                    "tea",
                    () -> {
                      sender.insert("tea");
                      clock.advance(Sender.TIMEOUT);
                      return 1;
                    }))
        .hasMessageContaining("took longer than");
    assertThat(sender.orders()).isEmpty();
    assertThat(broker.calls()).isEmpty();
  }

  @EveryDatabase
  void aRowThatWasLostMeanwhileRollsTheRestBack() {
    // What a deadlock does on MariaDB and H2, when its error is swallowed.
    assertThatThrownBy(
            () ->
                sender.tell(
                    Sender.ORDERS,
                    "tea",
                    () -> {
                      sender.sql().update("delete from tcc_half_message");
                      return sender.insert("tea");
                    }))
        .hasMessageContaining("lost the row");

    sender.runLater();
    assertThat(sender.orders()).isEmpty();
    assertThat(broker.delivered()).isEmpty();
    assertThat(broker.open()).isEmpty();
  }

  @EveryDatabase
  void anInstanceOnAnotherLogAnswersUnknownAndWritesNothing() {
    Letter lost = letter("tea");
    clock.advance(Sender.TIMEOUT);

    Verdict verdict =
        sender
            .messages()
            .answer(
                FakeBroker.question(lost, new Site("shop", "0123456789abcdef0123456789abcdef")));

    assertThat(verdict).isEqualTo(Verdict.UNKNOWN);
    assertThat(sender.states()).isEmpty();
  }

  @EveryDatabase
  void aDatabaseThatDoesNotTellMeansUnknown() {
    sender.place("tea");
    sender.forgetLater();
    dataSource.crash();

    assertThat(answer(broker.halves().get(0))).isEqualTo(Verdict.UNKNOWN);
  }

  @EveryDatabase
  void anyNumberOfTypesShareOneProducer() {
    MessageType refunds = new MessageType("Refunds.pay", "refunds", "", -1);
    sender.place("tea");
    sender.tell(refunds, "cake", () -> sender.insert("cake"));
    sender.forgetLater();

    broker.check(another().messages());

    assertThat(broker.delivered()).extracting(Letter::topic).containsExactly("orders", "refunds");
  }

  @EveryDatabase
  void insideAGlobalTransactionWithoutALocalOneItIsRefused() {
    Frame frame =
        new Frame(
            new GlobalTransaction(
                Sender.randomId(), sender.site(), clock.instant(), Sender.TIMEOUT),
            sender.site(),
            CallPath.ROOT,
            Sender.random(),
            clock.instant().plus(Sender.TIMEOUT),
            false);

    assertThatThrownBy(
            () ->
                sender.context().<String, RuntimeException>callIn(frame, () -> sender.place("tea")))
        .isInstanceOf(TransactionUsageException.class)
        .hasMessageContaining("Orders.place")
        .hasMessageContaining("@Try");
    assertThat(sender.orders()).isEmpty();
    assertThat(broker.calls()).isEmpty();
  }

  @EveryDatabase
  void theCallerIsToldYesAlthoughTheAnswerToItsCommitWasLost(Database database) {
    AtomicBoolean loses = new AtomicBoolean();
    CommitListener line =
        new CommitListener() {
          @Override
          public void afterCommit(Commit commit) throws SQLException {
            if (loses.compareAndSet(true, false)) {
              throw new SQLNonTransientConnectionException("answer lost (simulated)", "08006");
            }
          }
        };
    Sender unlucky = new Sender(new CountingDataSource(database.dataSource(), line), broker, clock);
    loses.set(true);

    assertThat(unlucky.place("tea")).isEqualTo("tea");

    unlucky.runLater();
    assertThat(broker.calls()).containsExactly("prepare", "end COMMIT");
    assertThat(sender.orders()).containsExactly("tea");
  }

  @EveryDatabase
  void theUsersErrorReachesTheCallerUnchanged() {
    sender.place("tea");
    assertThatThrownBy(() -> sender.place("tea")).isInstanceOf(DuplicateKeyException.class);
    sender.runLater();
    assertThat(broker.bodies()).containsExactly("{\"item\":\"tea\"}");
  }

  private Verdict answer(Letter letter) {
    return sender.messages().answer(FakeBroker.question(letter));
  }

  private Letter letter(String item) {
    return new Letter(Sender.randomId(), "orders", "", null, item, sender.site(), clock.instant());
  }

  private static <T> T inAnotherThread(Supplier<T> work) {
    return CompletableFuture.supplyAsync(work, task -> new Thread(task).start()).join();
  }
}
