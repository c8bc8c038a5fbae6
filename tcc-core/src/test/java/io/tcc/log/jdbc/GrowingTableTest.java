package io.tcc.log.jdbc;

import static io.tcc.log.jdbc.LogOnDatabase.START;
import static org.assertj.core.api.Assertions.assertThat;

import io.tcc.testing.Database;
import io.tcc.testing.TestDatabase;
import io.tcc.transaction.Backoff;
import io.tcc.transaction.Decision;
import io.tcc.transaction.Message;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * PostgreSQL plans a statement for the size that its table has at that time, and keeps the plan
 * until it counts the rows anew: about a minute in which a table that was as good as empty grows.
 */
class GrowingTableTest {

  private static final int BATCH = 20;
  private static final Backoff BACKOFF =
      new Backoff(Duration.ofSeconds(1), 2, Duration.ofSeconds(10), 5);

  /** After so many executions over one connection, a plan is kept. */
  private static final int EXECUTIONS = 12;

  private final Database database = TestDatabase.POSTGRESQL.create();
  private final LogOnDatabase log = new LogOnDatabase(database.newDataSource(1));

  @AfterEach
  void close() {
    database.close();
  }

  private <T> List<T> stored(Supplier<T> one) {
    return log.separate(() -> IntStream.range(0, BATCH).mapToObj(i -> one.get()).toList());
  }

  private Message message() {
    Message message =
        Message.born(LogOnDatabase.xid(START).value(), "t", "k", null, "r", null, "{}", START);
    assertThat(log.messages.insert(message)).isTrue();
    return message;
  }

  private Decision decision() {
    Decision decision = LogOnDatabase.commit(START);
    assertThat(log.decisions.insert(decision)).isTrue();
    return decision;
  }

  private List<Message> taken() {
    return log.messages.claimDue(START, START.plusSeconds(30), BACKOFF, BATCH).taken();
  }

  private int marked(List<Message> taken) {
    List<Message> sent = taken.stream().map(each -> each.accepted(null)).toList();
    int marked = log.messages.update(sent);
    log.messages.goOn(sent, START, BATCH);
    return marked;
  }

  /** What this session has read of a table since it last told so. */
  private record Reads(int whole, int rowsByIndex) {}

  private Reads reads(String table) {
    return log.sql.queryForObject(
        "select seq_scan, idx_tup_fetch from pg_stat_xact_user_tables where relname = ?",
        (row, number) -> new Reads(row.getInt(1), row.getInt(2)),
        table);
  }

  /** Runs work on so many rows in a local transaction of its own, which may read few more. */
  private <T> T readsFew(String table, Supplier<T> work) {
    return log.separate(
        () -> {
          Reads before = reads(table);
          T result = work.get();
          Reads after = reads(table);
          assertThat(after.whole()).isEqualTo(before.whole());
          assertThat(after.rowsByIndex() - before.rowsByIndex()).isLessThan(5 * BATCH);
          return result;
        });
  }

  private void grow(String table, String columns, String values) {
    log.sql.update(
        "insert into %s (%s) select %s from generate_series(1, 20000) n"
            .formatted(table, columns, values));
  }

  /** PostgreSQL knows now how small the table is; before, it takes it for ten pages. */
  private void count(String table) {
    log.sql.execute("vacuum analyze " + table);
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void messagesAreFoundByTheirIdsHoweverFewThereWereWhenThatWasPlanned(boolean counted) {
    stored(this::message);
    if (counted) {
      count("tcc_message");
    }
    for (int i = 0; i < EXECUTIONS; i++) {
      List<Message> taken = log.separate(this::taken);
      assertThat(log.<Integer>separate(() -> marked(taken))).isEqualTo(BATCH);
      stored(this::message);
    }
    grow(
        "tcc_message",
        "id, topic, destination, body, state, attempts, epoch, next_attempt, stored_at, updated_at",
        "'b' || lpad(n::text, 31, '0'), 't', 'r', '{}', 'PENDING', 0, 1, now() + interval '1 year',"
            + " now(), now()");
    List<Message> taken = readsFew("tcc_message", this::taken);
    assertThat(taken).hasSize(BATCH);
    assertThat(readsFew("tcc_message", () -> marked(taken))).isEqualTo(BATCH);
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void decisionsAreFoundByTheirIdsHoweverFewThereWereWhenThatWasPlanned(boolean counted) {
    stored(this::decision);
    if (counted) {
      count("tcc_decision");
    }
    for (int i = 0; i < EXECUTIONS; i++) {
      List<Decision> all = stored(this::decision);
      assertThat(log.<Integer>separate(() -> log.decisions.close(all))).isEqualTo(BATCH);
    }
    growDecisions();
    List<Decision> all = stored(this::decision);
    assertThat(readsFew("tcc_decision", () -> log.decisions.close(all))).isEqualTo(BATCH);
  }

  @Test
  void oldDecisionsAreFoundByTheirIdsHoweverFewThereWereWhenThatWasPlanned() {
    stored(this::decision);
    for (int i = 0; i < EXECUTIONS; i++) {
      assertThat(log.<Integer>separate(() -> log.decisions.purge(START, BATCH))).isZero();
    }
    growDecisions();
    assertThat(readsFew("tcc_decision", () -> log.decisions.purge(START, BATCH))).isZero();
  }

  private void growDecisions() {
    grow(
        "tcc_decision",
        "xid, name, outcome, state, initiator, enlisted, acknowledged, begun_at, timeout_ms,"
            + " attempts, next_attempt, owner, epoch, created_at, updated_at",
        "'b' || lpad(n::text, 31, '0'), 'n', 'COMMIT', 'DRIVING', 'i', '', '', now(), 1, 0, now(),"
            + " 'o', 1, now(), now()");
  }

  /** What was sent, or is done, and is forgotten, is done once more. */
  @Test
  void whatCostsARepetitionIfItIsLostDoesNotWaitForTheDisk() {
    stored(this::message);
    List<Message> taken = log.separate(this::taken);
    assertThat(waitsAfter(() -> marked(taken))).isFalse();
    List<Decision> all = stored(this::decision);
    assertThat(waitsAfter(() -> log.decisions.close(all))).isFalse();
  }

  @Test
  void whatGivesEpochsAndWhatSomebodyIsToldOfDoes() {
    stored(this::message);
    List<Message> taken = new ArrayList<>();
    assertThat(waitsAfter(() -> taken.addAll(taken()))).isTrue();
    taken.set(0, taken.get(0).dead("for good"));
    assertThat(waitsAfter(() -> log.messages.update(taken))).isTrue();
  }

  private boolean waitsAfter(Supplier<?> work) {
    return log.separate(
        () -> {
          work.get();
          return waitsForTheDisk();
        });
  }

  private boolean waitsForTheDisk() {
    return "on".equals(log.sql.queryForObject("show synchronous_commit", String.class));
  }
}
