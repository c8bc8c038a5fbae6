package io.tcc.protocol.outbox;

import static io.tcc.protocol.outbox.OutboxOnDatabase.LIMITS;
import static io.tcc.protocol.outbox.OutboxOnDatabase.REPLY_WITHIN;
import static io.tcc.protocol.outbox.OutboxOnDatabase.START;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tcc.testing.Database;
import io.tcc.testing.EveryDatabase;
import io.tcc.transaction.MessageState;
import io.tcc.transaction.TransactionEvent;
import io.tcc.transaction.TransactionUsageException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeEach;
import org.springframework.transaction.support.TransactionSynchronizationManager;

/** The sending side: what leaves when, in which order, and what becomes of what does not. */
class RelayTest {

  private OutboxOnDatabase here;

  @BeforeEach
  void open(Database database) {
    here = new OutboxOnDatabase(database);
  }

  private Relay.Pass pass() {
    return here.outbox.relay().runOnce();
  }

  @EveryDatabase
  void aMessageLeavesAfterTheCommitAndNeverBefore() {
    List<Integer> visibleWhenTold = new ArrayList<>();
    here.outbox.whenStored(() -> visibleWhenTold.add(elsewhere(() -> here.rows("tcc_message"))));

    here.inTransaction(
        () -> {
          here.outbox.store().store(new Draft("silent", null, null, "one"));
          assertThat(elsewhere(() -> pass().taken())).isZero();
          assertThat(visibleWhenTold).isEmpty();
        });

    assertThat(visibleWhenTold).as("told once, with the row there").containsExactly(1);
    assertThat(pass().taken()).isEqualTo(1);
    assertThat(here.carrier.delivered).containsExactly("one");
    assertThat(here.sql.queryForList("select state from tcc_message", String.class))
        .containsExactly("SENT");
    assertThat(pass().taken()).isZero();
  }

  private static <T> T elsewhere(java.util.function.Supplier<T> work) {
    return CompletableFuture.supplyAsync(work, task -> new Thread(task).start()).join();
  }

  @EveryDatabase
  void aTopicWithoutAReceiverIsRefusedWhereItIsStored() {
    assertThatThrownBy(() -> here.stored("nobody", null, "one"))
        .isInstanceOf(TransactionUsageException.class)
        .hasMessageContaining("tcc.outbox.topics.nobody.to");
    assertThat(here.rows("tcc_message")).isZero();
  }

  @EveryDatabase
  void neitherConnectionNorTransactionIsHeldDuringTheCall() {
    List<Integer> held = new ArrayList<>();
    here.carrier.before =
        to -> {
          assertThat(TransactionSynchronizationManager.isActualTransactionActive()).isFalse();
          held.add(here.pool.getHikariPoolMXBean().getActiveConnections());
          return null;
        };
    here.stored("silent", null, "one");
    pass();
    assertThat(held).containsExactly(0);
  }

  @EveryDatabase
  void aReceiverThatHangsHoldsUpNobodyElse() {
    CompletableFuture<List<Handover>> hanging = new CompletableFuture<>();
    here.carrier.before = to -> to.equals("warehouse") ? hanging : null;
    String slow = here.stored("silent", null, "slow");
    String quick = here.stored("other", null, "quick");

    Relay.Pass pass = here.outbox.relay().start();

    assertThat(pass.ended()).isNotDone();
    assertThat(here.message(quick).state()).isEqualTo(MessageState.SENT);
    String next = here.stored("other", null, "next");
    here.outbox.relay().start();
    assertThat(here.message(next).state()).isEqualTo(MessageState.SENT);
    assertThat(here.message(slow).state()).isEqualTo(MessageState.PENDING);
    hanging.complete(List.of(Handover.ACCEPTED));
    assertThat(pass.ended()).isCompleted();
    assertThat(here.message(slow).state()).isEqualTo(MessageState.SENT);
  }

  @EveryDatabase
  void noMoreIsUnderWayThanTheLimitAllows() {
    here.carrier.before = to -> new CompletableFuture<>();
    here.inTransaction(
        () -> {
          for (int i = 0; i < 30; i++) {
            here.outbox.store().store(new Draft("silent", null, null, "m" + i));
          }
        });
    assertThat(here.outbox.relay().start().taken()).isEqualTo(10);
    assertThat(here.outbox.relay().start().taken()).isEqualTo(10);
    assertThat(here.outbox.relay().start().taken()).as("20 are in flight").isZero();
  }

  @EveryDatabase
  void aFullBatchIsFollowedByTheNextAndOneCommitMarksItAll() {
    here.inTransaction(
        () -> {
          for (int i = 0; i < 12; i++) {
            here.outbox.store().store(new Draft("silent", "k" + i % 3, null, "m" + i));
          }
        });
    here.dataSource.reset();

    assertThat(pass().full()).isTrue();

    assertThat(here.dataSource.durableCommits())
        .as("one for taking ten messages, one for marking them")
        .hasSize(2);
    assertThat(here.dataSource.durableCommits().get(1).statements().get(0))
        .as("marks them together")
        .startsWith("update tcc_message set state")
        .doesNotContain("id = ?");
    Relay.Pass second = pass();
    assertThat(second.taken()).isEqualTo(2);
    assertThat(second.full()).isFalse();
    assertThat(here.carrier.delivered).hasSize(12).doesNotHaveDuplicates();
  }

  @EveryDatabase
  void theNextPassMayOverlapOneThatTookNothingWithAKey() {
    here.stored("silent", null, "one");
    assertThat(pass().overlaps()).isTrue();

    here.stored("silent", null, "two");
    here.stored("silent", "k", "three");
    assertThat(pass().overlaps()).isFalse();
  }

  @EveryDatabase
  void whatFailsIsRepeatedAfterGrowingCappedAndSpreadDelaysAndDiesInTheEnd() {
    here.carrier.answer = parcel -> Handover.failed("away");
    String id = here.stored("silent", null, "one");
    List<Duration> delays = new ArrayList<>();
    for (int attempt = 1; attempt < 5; attempt++) {
      assertThat(pass().taken()).isEqualTo(1);
      delays.add(Duration.between(here.clock.instant(), here.message(id).nextAttempt()));
      assertThat(pass().taken()).as("not before it is due").isZero();
      here.clock.advance(delays.get(attempt - 1));
      here.chance = attempt == 2 ? 0 : 1;
    }
    assertThat(delays)
        .containsExactly(
            Duration.ofSeconds(1),
            Duration.ofSeconds(2),
            Duration.ofSeconds(2), // Half of four: chance was 0.
            Duration.ofSeconds(8));
    assertThat(here.events).isEmpty();

    pass();

    assertThat(here.message(id).state()).isEqualTo(MessageState.DEAD);
    assertThat(here.message(id).lastError()).isEqualTo("away");
    assertThat(here.events)
        .containsExactly(new TransactionEvent.MessageDead(id, "silent", "warehouse", "away"));
    here.clock.advance(Duration.ofDays(1));
    assertThat(pass().taken()).isZero();
  }

  @EveryDatabase
  void anOperatorRequeuesADeadMessageAndItsAttemptsStartAnew() {
    String id = dead();
    here.carrier.answer = parcel -> Handover.ACCEPTED;
    assertThatThrownBy(() -> here.outbox.operator().requeue(id, " ", "why"))
        .isInstanceOf(IllegalArgumentException.class);
    assertThat(here.message(id).state()).isEqualTo(MessageState.DEAD);

    assertThat(here.outbox.operator().requeue(id, "ann", "the warehouse is back")).isTrue();

    assertThat(here.message(id).attempts()).isZero();
    assertThat(here.outbox.operator().actions(id))
        .singleElement()
        .satisfies(entry -> assertThat(entry.actor()).isEqualTo("ann"))
        .satisfies(entry -> assertThat(entry.action()).isEqualTo("REQUEUE"));
    pass();
    assertThat(here.message(id).state()).isEqualTo(MessageState.SENT);
    assertThat(here.outbox.operator().discard(id, "ann", "no")).isFalse();
    assertThat(here.outbox.operator().actions(id)).hasSize(1);
  }

  private String dead() {
    here.carrier.answer = parcel -> Handover.failed("away");
    String id = here.stored("silent", "k", "dead");
    for (int attempt = 0; attempt < 5; attempt++) {
      pass();
      here.clock.advance(LIMITS.backoff().longest());
    }
    assertThat(here.outbox.operator().in(MessageState.DEAD, 10))
        .singleElement()
        .satisfies(message -> assertThat(message.id()).isEqualTo(id));
    return id;
  }

  @EveryDatabase
  void messagesOfOneKeyAreSentInTheirOrderHoweverManyCallsTheyTake() {
    List<String> bodies = IntStream.range(0, 2 * LIMITS.chunk()).mapToObj(i -> "m" + i).toList();
    here.inTransaction(
        () -> bodies.forEach(m -> here.outbox.store().store(new Draft("silent", "k", null, m))));

    pass();

    assertThat(here.carrier.delivered).containsExactlyElementsOf(bodies);
  }

  @EveryDatabase
  void whatWaitsForOneOfItsKeyGoesOnAsSoonAsThatIsSent() {
    CompletableFuture<List<Handover>> hanging = new CompletableFuture<>();
    here.carrier.before = to -> hanging;
    here.stored("silent", "k", "first");
    here.outbox.relay().start();
    here.carrier.before = to -> null;
    here.stored("silent", "k", "second");
    assertThat(pass().taken()).isZero();
    List<String> woken = new ArrayList<>();
    here.outbox.whenStored(() -> woken.add("now"));

    hanging.complete(List.of(Handover.ACCEPTED));

    assertThat(woken).hasSize(1);
    assertThat(pass().taken()).isEqualTo(1);
    assertThat(here.carrier.delivered).containsExactly("second");
  }

  @EveryDatabase
  void aFailingMessageHoldsUpItsOwnKeyOnlyAndIsNotOvertaken() {
    here.carrier.answer =
        parcel -> parcel.body().equals("a1") ? Handover.failed("away") : Handover.ACCEPTED;
    here.stored("silent", "a", "a1");
    here.stored("silent", "b", "b1");
    here.stored("silent", "a", "a2");
    here.stored("silent", "b", "b2");

    pass();
    here.stored("silent", "a", "a3");
    pass();
    assertThat(here.carrier.delivered).containsExactlyInAnyOrder("b1", "b2");
    assertThat(here.carrier.delivered.indexOf("b1"))
        .isLessThan(here.carrier.delivered.indexOf("b2"));

    here.carrier.answer = parcel -> Handover.ACCEPTED;
    for (int i = 0; i < 3; i++) {
      here.clock.advance(Duration.ofSeconds(2));
      pass();
    }
    assertThat(here.carrier.delivered.stream().filter(body -> body.startsWith("a")))
        .containsExactly("a1", "a2", "a3");
  }

  @EveryDatabase
  void aMessageDoesNotOvertakeInALaterCallWhatFailedInAnEarlierOne() {
    here.carrier.answer =
        parcel -> parcel.body().equals("a1") ? Handover.failed("away") : Handover.ACCEPTED;
    here.inTransaction(
        () -> {
          here.outbox.store().store(new Draft("silent", "a", null, "a1"));
          for (int i = 0; i < 6; i++) {
            here.outbox.store().store(new Draft("silent", null, null, "between"));
          }
          here.outbox.store().store(new Draft("silent", "a", null, "a2"));
        });

    pass();

    assertThat(here.carrier.delivered)
        .as("two lanes, and a2 in the second call of the one of a1")
        .containsOnly("between")
        .hasSize(6);
  }

  @EveryDatabase
  void eachTopicGoesByItsOwnCarrierAndOneThatIsAwayDoesNotStopTheOthers() {
    here.other.answer = parcel -> Handover.failed("away");
    for (int i = 0; i < 3; i++) {
      here.stored("byAnother", null, "lost");
      here.stored("silent", null, "brought");
    }

    pass();

    assertThat(here.carrier.delivered).containsExactly("brought", "brought", "brought");
    here.other.answer = parcel -> Handover.ACCEPTED;
    here.clock.advance(Duration.ofSeconds(2));
    pass();
    assertThat(here.other.delivered).containsExactly("lost", "lost", "lost");
    assertThat(here.carrier.delivered).hasSize(3);
  }

  @EveryDatabase
  void aDeadMessageHoldsItsKeyUntilAnOperatorDiscardsIt() {
    String id = dead();
    here.carrier.answer = parcel -> Handover.ACCEPTED;
    here.stored("silent", "k", "next");
    here.clock.advance(Duration.ofHours(1));
    pass();
    assertThat(here.carrier.delivered).isEmpty();

    assertThat(here.outbox.operator().discard(id, "ann", "told them by phone")).isTrue();

    pass();
    assertThat(here.carrier.delivered).containsExactly("next");
    assertThat(here.message(id).state()).isEqualTo(MessageState.DISCARDED);
  }

  @EveryDatabase
  void anAnswerThatFailsOrDoesNotFitAcceptsNothing() {
    String id = here.stored("silent", null, "one");
    here.carrier.before = to -> CompletableFuture.failedFuture(new IllegalStateException("broken"));
    pass();
    assertThat(here.message(id).state()).isEqualTo(MessageState.PENDING);
    assertThat(here.message(id).lastError()).contains("broken");

    String other = here.stored("silent", null, "two");
    here.carrier.before = to -> CompletableFuture.completedFuture(List.of(Handover.ACCEPTED));
    here.clock.advance(Duration.ofSeconds(10));
    pass();
    assertThat(here.message(id).attempts()).isEqualTo(2);
    assertThat(here.message(other).attempts()).isEqualTo(1);

    here.carrier.before =
        to -> {
          throw new IllegalStateException("not connected");
        };
    here.clock.advance(Duration.ofSeconds(10));
    pass();
    assertThat(here.message(id).lastError()).contains("not connected");
    assertThat(here.message(id).state()).isEqualTo(MessageState.PENDING);
  }

  @EveryDatabase
  void aLaneStopsAtACallThatFailsAltogether() {
    here.carrier.answer = parcel -> Handover.failed("away");
    here.inTransaction(
        () -> {
          for (int i = 0; i < 10; i++) {
            here.outbox.store().store(new Draft("silent", null, null, "m" + i));
          }
        });
    pass();
    assertThat(
            here.sql.queryForObject(
                "select count(*) from tcc_message where attempts = 1", Integer.class))
        .as("two lanes, one call of four messages each; the other two wait without an attempt")
        .isEqualTo(8);
  }

  @EveryDatabase
  void aMessageWithoutAReplyInTimeIsSentAgainUnderItsId() {
    String id = here.stored("asking", null, "one");
    pass();
    assertThat(here.message(id).state()).isEqualTo(MessageState.SENT);
    assertThat(here.message(id).nextAttempt()).isEqualTo(START.plus(REPLY_WITHIN));
    assertThat(pass().taken()).isZero();

    here.clock.advance(REPLY_WITHIN);
    assertThat(pass().taken()).isEqualTo(1);
    assertThat(here.carrier.parcels).extracting(Parcel::id).containsExactly(id, id);
    assertThat(here.carrier.parcels.get(0).answer()).isTrue();

    for (int i = 0; i < 4; i++) {
      here.clock.advance(REPLY_WITHIN);
      pass();
    }
    assertThat(here.message(id).state()).isEqualTo(MessageState.DEAD);
    assertThat(here.message(id).lastError()).contains("no reply came");
  }

  @EveryDatabase
  void theTraceOfWhoStoredItTravelsAlong() {
    here.traces.current = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
    here.stored("silent", null, "one");
    here.traces.current = null;
    pass();
    assertThat(here.carrier.parcels.get(0).trace())
        .isEqualTo("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01");
  }

  @EveryDatabase
  void finishedMessagesAreDeletedAfterTheRetentionAndUnfinishedOnesNever() {
    String waiting = dead();
    here.carrier.answer = parcel -> Handover.ACCEPTED;
    here.stored("silent", null, "done");
    pass();
    here.clock.advance(LIMITS.retention().minusSeconds(1));
    assertThat(pass().purged()).isZero();
    here.clock.advance(Duration.ofMinutes(2));
    assertThat(pass().purged()).isEqualTo(1);
    assertThat(here.message(waiting).state()).isEqualTo(MessageState.DEAD);
  }

  @EveryDatabase
  void aPassThatDeletesABatchIsFull() {
    for (int i = 0; i <= LIMITS.batch(); i++) {
      here.stored("silent", null, "m" + i);
    }
    pass();
    pass();
    here.clock.advance(LIMITS.retention().plusMinutes(1));
    Relay.Pass first = pass();
    assertThat(first.purged()).isEqualTo(LIMITS.batch());
    assertThat(first.full()).isTrue();
    Relay.Pass second = pass();
    assertThat(second.purged()).isEqualTo(1);
    assertThat(second.full()).isFalse();
  }
}
