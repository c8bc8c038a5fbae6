package io.tcc.log.jdbc;

import static io.tcc.log.jdbc.LogOnDatabase.START;
import static io.tcc.log.jdbc.LogOnDatabase.random;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tcc.log.HalfMessageLog;
import io.tcc.testing.Database;
import io.tcc.transaction.HalfMessage;
import io.tcc.transaction.HalfMessageState;
import io.tcc.transaction.Xid;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What a {@link HalfMessageLog} promises. */
abstract class HalfMessageLogContract {

  private static final Duration LEASE = Duration.ofSeconds(60);

  private LogOnDatabase log;
  private HalfMessageLog rows;

  @BeforeEach
  void open(Database database) {
    log = new LogOnDatabase(database);
    rows = new JdbcHalfMessageLog(log.dataSource, Tables.withDefaultPrefix(), log.clock);
  }

  private static HalfMessage working() {
    return HalfMessage.working(new Xid(random()), "orders", "placed", START);
  }

  private HalfMessage committed(Instant checked) {
    HalfMessage message = working().committed("order-1", "{\"grüße\":\"世界 😀\"}", "b|1|2", checked);
    assertThat(log.separate(() -> rows.insert(message))).isTrue();
    return message;
  }

  private HalfMessage found(Xid id) {
    return log.separate(() -> rows.find(id)).orElseThrow();
  }

  private List<HalfMessage> claim(Instant now, int limit) {
    return log.separate(() -> rows.claimDue(now, now.plus(LEASE), limit));
  }

  private int update(HalfMessage... messages) {
    return log.separate(() -> rows.update(List.of(messages)));
  }

  private static List<Xid> ids(List<HalfMessage> messages) {
    return messages.stream().map(HalfMessage::id).toList();
  }

  @Test
  void aMessageComesBackAsItWasWritten() {
    HalfMessage message = committed(START.plusMillis(123));
    assertThat(found(message.id())).isEqualTo(message);
    assertThat(log.separate(() -> rows.find(new Xid(random())))).isEmpty();
  }

  @Test
  void aWorkingRowIsCommittedOnce() {
    HalfMessage working = working();
    HalfMessage committed = working.committed(null, "{}", "b|1|2", START);

    log.separately(
        () -> {
          assertThat(rows.insert(working)).isTrue();
          assertThat(rows.commit(committed)).isTrue();
          assertThat(rows.commit(committed)).isFalse();
        });

    assertThat(found(working.id())).isEqualTo(committed);
  }

  @Test
  void ofRowAndTombstoneTheFirstInsertionWinsAndTheTransactionStaysUsable() {
    log.createBusinessTable();
    HalfMessage tombstone = HalfMessage.tombstone(new Xid(random()), "orders", START);
    HalfMessage late = HalfMessage.working(tombstone.id(), "orders", "", START);
    assertThat(log.separate(() -> rows.insert(tombstone))).isTrue();

    boolean won =
        log.separate(
            () -> {
              boolean inserted = rows.insert(late);
              log.sql.update("insert into business values (1, 10)");
              return inserted;
            });

    assertThat(won).isFalse();
    assertThat(log.businessRows()).containsExactly(1);
    assertThat(log.separate(() -> rows.commit(late.committed(null, "", "", START)))).isFalse();
    assertThat(found(tombstone.id())).isEqualTo(tombstone);
  }

  @Test
  void aTombstoneWaitsForARowThatIsBeingWritten() {
    HalfMessage row = working().committed(null, "{}", null, START);
    HalfMessage tombstone = HalfMessage.tombstone(row.id(), "orders", START);
    try (OpenTransaction other = new OpenTransaction(log, () -> rows.insert(row))) {
      CompletableFuture<Boolean> second =
          CompletableFuture.supplyAsync(() -> log.separate(() -> rows.insert(tombstone)));
      other.commit();
      assertThat(second.join()).isFalse();
    }
    try (OpenTransaction other = new OpenTransaction(log, () -> rows.insert(working()))) {
      other.rollBack();
    }
    assertThat(found(row.id()).state()).isEqualTo(HalfMessageState.COMMITTED);
  }

  @Test
  void theOldestDueOnesAreTakenWithANewEpochAndALease() {
    List<HalfMessage> all =
        IntStream.range(0, 4).mapToObj(i -> committed(START.plusSeconds(i))).toList();
    log.separately(() -> rows.insert(HalfMessage.tombstone(new Xid(random()), "orders", START)));
    Instant now = START.plusSeconds(2);

    List<HalfMessage> first = claim(now, 2);

    assertThat(first)
        .containsExactly(
            all.get(0).takenOver(now.plus(LEASE)), all.get(1).takenOver(now.plus(LEASE)));
    assertThat(ids(claim(now, 10))).containsExactly(all.get(2).id());
    assertThat(claim(now, 10)).isEmpty();
  }

  @Test
  void anotherInstanceTakesOverAfterTheLeaseAndTheLateOwnerChangesNothing() {
    committed(START);
    HalfMessage late = claim(START, 10).get(0);
    HalfMessage taken = claim(START.plus(LEASE), 10).get(0);

    assertThat(update(late.failed(START, "late"))).isZero();
    assertThat(update(taken.failed(START.plusSeconds(9), "no answer"))).isEqualTo(1);

    assertThat(found(taken.id())).isEqualTo(taken.failed(START.plusSeconds(9), "no answer"));
  }

  @Test
  void instancesThatTakeAtOnceGetDisjointRows() {
    List<HalfMessage> all = IntStream.range(0, 30).mapToObj(i -> committed(START)).toList();

    List<List<Xid>> taken =
        AtOnce.on(
            3,
            i -> {
              List<Xid> mine = new ArrayList<>();
              for (List<HalfMessage> page = claim(START, 4); !page.isEmpty(); ) {
                mine.addAll(ids(page));
                page = claim(START, 4);
              }
              return mine;
            });

    assertThat(taken.stream().flatMap(List::stream)).containsExactlyInAnyOrderElementsOf(ids(all));
  }

  @Test
  void whatIsAcknowledgedIsDeliveredWhoeverHasItAndStaysSo() {
    HalfMessage message = committed(START);
    HalfMessage owned = claim(START, 1).get(0);

    assertThat(log.separate(() -> rows.delivered(List.of(message.id())))).isEqualTo(1);
    assertThat(log.separate(() -> rows.delivered(List.of(message.id())))).isZero();
    assertThat(update(owned.parked("late"))).isZero();

    assertThat(found(message.id()).state()).isEqualTo(HalfMessageState.DELIVERED);
    assertThat(log.separate(() -> rows.requeue(message.id(), START))).isFalse();
    assertThat(claim(START.plus(LEASE).plus(LEASE), 10)).isEmpty();
  }

  @Test
  void aTombstoneIsNeverDelivered() {
    HalfMessage tombstone = HalfMessage.tombstone(new Xid(random()), "orders", START);
    log.separately(() -> rows.insert(tombstone));

    assertThat(log.separate(() -> rows.delivered(List.of(tombstone.id())))).isZero();
    assertThat(log.separate(() -> rows.requeue(tombstone.id(), START))).isFalse();
  }

  @Test
  void aParkedMessageIsListedAndGivenBackWithAttemptsStartingAnew() {
    committed(START);
    HalfMessage owned = claim(START, 1).get(0);
    update(owned.failed(START, "no answer").parked("for good"));
    assertThat(claim(START.plus(LEASE), 10)).isEmpty();
    assertThat(ids(log.separate(() -> rows.in(HalfMessageState.PARKED, 10))))
        .containsExactly(owned.id());
    assertThat(log.separate(rows::size)).isEqualTo(new HalfMessageLog.Size(0, 0, 1));

    assertThat(log.separate(() -> rows.requeue(owned.id(), START))).isTrue();

    assertThat(claim(START, 10))
        .singleElement()
        .satisfies(message -> assertThat(message.attempts()).isZero());
    assertThat(log.separate(rows::size)).isEqualTo(new HalfMessageLog.Size(0, 1, 0));
  }

  @Test
  void aHeldMessageIsReleasedOrForgottenOnce() {
    List<HalfMessage> held =
        IntStream.range(0, 2)
            .mapToObj(
                i -> HalfMessage.born(new Xid(random()), "orders", "", "k", "{}", true, START))
            .toList();
    log.separately(() -> held.forEach(rows::insert));
    Xid released = held.get(0).id();
    Xid forgotten = held.get(1).id();
    assertThat(claim(START.plus(LEASE), 10)).isEmpty();
    assertThat(log.separate(rows::size)).isEqualTo(new HalfMessageLog.Size(2, 0, 0));

    assertThat(log.separate(() -> rows.release(released, START))).isTrue();
    assertThat(log.separate(() -> rows.forget(forgotten))).isTrue();

    assertThat(log.separate(() -> rows.release(released, START))).isFalse();
    assertThat(log.separate(() -> rows.forget(released))).isFalse();
    assertThat(ids(claim(START, 10))).containsExactly(released);
    assertThat(log.separate(() -> rows.find(forgotten))).isEmpty();
  }

  @Test
  void onlyWhatIsFinishedAndOldIsDeletedABatchAtATime() {
    HalfMessage waiting = committed(START);
    List<HalfMessage> delivered = IntStream.range(0, 3).mapToObj(i -> committed(START)).toList();
    log.separately(
        () -> {
          rows.delivered(ids(delivered));
          rows.insert(HalfMessage.tombstone(new Xid(random()), "orders", START));
        });

    assertThat(log.separate(() -> rows.purge(START, 10))).isZero();
    assertThat(log.separate(() -> rows.purge(START.plusMillis(1), 2))).isEqualTo(2);
    assertThat(log.separate(() -> rows.purge(START.plusMillis(1), 10))).isEqualTo(2);

    assertThat(found(waiting.id())).isEqualTo(waiting);
  }

  @ParameterizedTest
  @ValueSource(strings = {"state", "id"})
  void anUnreadableRowIsAnErrorThatNamesIt(String column) {
    HalfMessage message = committed(START);
    log.sql.update(
        "update tcc_half_message set " + column + " = 'NONSENSE' where id = ?",
        message.id().value());
    String id = column.equals("id") ? "NONSENSE" : message.id().value();

    if (column.equals("state")) {
      assertThatThrownBy(() -> found(message.id()))
          .hasMessageContaining(id)
          .hasMessageContaining("tcc_half_message");
    } else {
      HalfMessage other = committed(START.plusSeconds(1));
      assertThat(ids(claim(START.plusSeconds(1), 10))).containsExactly(other.id());
      assertThat(
              log.sql.queryForObject(
                  "select count(*) from tcc_half_message where state = 'PARKED'", Integer.class))
          .isEqualTo(1);
    }
  }
}
