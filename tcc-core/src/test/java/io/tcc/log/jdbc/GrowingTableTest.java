package io.tcc.log.jdbc;

import static io.tcc.log.jdbc.LogOnDatabase.START;
import static org.assertj.core.api.Assertions.assertThat;

import io.tcc.testing.Database;
import io.tcc.testing.TestDatabase;
import io.tcc.transaction.Backoff;
import io.tcc.transaction.Decision;
import io.tcc.transaction.Message;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.function.Supplier;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

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

  /** As a relay does, in one local transaction instead of two. */
  private int sent() {
    Instant until = START.plusSeconds(30);
    List<Message> taken = log.messages.claimDue(START, until, BACKOFF, BATCH).taken();
    List<Message> sent = taken.stream().map(each -> each.accepted(null)).toList();
    int marked = log.messages.update(sent);
    log.messages.goOn(sent, START, BATCH);
    return marked;
  }

  /** How often this session has read a table whole, since it last told so. */
  private int readWhole(String table) {
    Integer scans =
        log.sql.queryForObject(
            "select seq_scan from pg_stat_xact_user_tables where relname = ?",
            Integer.class,
            table);
    return scans == null ? -1 : scans;
  }

  private void grow(String table, String columns, String values) {
    log.sql.update(
        "insert into %s (%s) select %s from generate_series(1, 20000) n"
            .formatted(table, columns, values));
  }

  @Test
  void messagesAreFoundByTheirIdsHoweverFewThereWereWhenThatWasPlanned() {
    for (int i = 0; i < EXECUTIONS; i++) {
      stored(this::message);
      assertThat(log.<Integer>separate(this::sent)).isEqualTo(BATCH);
    }
    grow(
        "tcc_message",
        "id, topic, destination, body, state, attempts, epoch, stored_at, updated_at",
        "'b' || lpad(n::text, 31, '0'), 't', 'r', '{}', 'SENT', 0, 1, now(), now()");
    stored(this::message);
    log.separately(
        () -> {
          int before = readWhole("tcc_message");
          assertThat(sent()).isEqualTo(BATCH);
          assertThat(readWhole("tcc_message")).isEqualTo(before);
        });
  }

  @Test
  void decisionsAreFoundByTheirIdsHoweverFewThereWereWhenThatWasPlanned() {
    stored(this::decision);
    log.sql.execute("vacuum analyze tcc_decision");
    for (int i = 0; i < EXECUTIONS; i++) {
      List<Decision> all = stored(this::decision);
      assertThat(log.<Integer>separate(() -> log.decisions.close(all))).isEqualTo(BATCH);
    }
    grow(
        "tcc_decision",
        "xid, name, outcome, state, initiator, enlisted, acknowledged, begun_at, timeout_ms,"
            + " attempts, next_attempt, owner, epoch, created_at, updated_at",
        "'b' || lpad(n::text, 31, '0'), 'n', 'COMMIT', 'DONE', 'i', '', '', now(), 1, 0, now(), 'o',"
            + " 1, now(), now()");
    List<Decision> all = stored(this::decision);
    log.separately(
        () -> {
          int before = readWhole("tcc_decision");
          assertThat(log.decisions.close(all)).isEqualTo(BATCH);
          assertThat(readWhole("tcc_decision")).isEqualTo(before);
        });
  }

  /** What was sent, or is done, and is forgotten, is done once more. */
  @Test
  void whatCostsARepetitionIfItIsLostDoesNotWaitForTheDisk() {
    stored(this::message);
    log.separately(
        () -> {
          assertThat(log.messages.claimDue(START, START.plusSeconds(30), BACKOFF, 1).taken())
              .hasSize(1);
          assertThat(waitsForTheDisk()).isTrue();
        });
    log.separately(
        () -> {
          sent();
          assertThat(waitsForTheDisk()).isFalse();
        });
    List<Decision> all = stored(this::decision);
    log.separately(
        () -> {
          log.decisions.close(all);
          assertThat(waitsForTheDisk()).isFalse();
        });
    log.separately(() -> assertThat(waitsForTheDisk()).isTrue());
  }

  private boolean waitsForTheDisk() {
    return "on".equals(log.sql.queryForObject("show synchronous_commit", String.class));
  }
}
