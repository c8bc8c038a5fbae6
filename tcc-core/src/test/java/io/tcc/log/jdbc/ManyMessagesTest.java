package io.tcc.log.jdbc;

import static io.tcc.log.jdbc.LogOnDatabase.START;
import static io.tcc.log.jdbc.LogOnDatabase.random;
import static org.assertj.core.api.Assertions.assertThat;

import io.tcc.log.MessageLog.Claim;
import io.tcc.testing.Database;
import io.tcc.testing.EveryDatabase;
import io.tcc.testing.TestDatabase;
import io.tcc.transaction.Backoff;
import io.tcc.transaction.Message;
import io.tcc.transaction.MessageState;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.IntStream;

/**
 * The message table with up to a million rows, most of them delivered, others dead, or pending
 * behind dead ones, or all pending behind the same one: what the relay does again and again reads
 * its page through an index, and nothing else.
 */
class ManyMessagesTest {

  private static final int ROWS = Integer.getInteger("tcc.rows", 20_000);
  private static final int PAGE = 100;
  private static final int PAGES = 3;
  private static final Instant NOW = START.plus(Duration.ofDays(1));
  private static final Duration LEASE = Duration.ofSeconds(30);
  private static final Backoff WAIT =
      new Backoff(Duration.ofSeconds(1), 2, Duration.ofMinutes(5), 10);
  private static final int MEASURED = 31;

  /**
   * Of ten messages, five are delivered, one is delivered and asks for its result; one is dead; one
   * waits for it; one waits for the first message of its key, which fails; one is due.
   */
  private static final String FILL =
      """
      insert into tcc_message (id, topic, message_key, order_key, destination, body, state,
        attempts, epoch, next_attempt, stored_at, updated_at)
      select lpad(cast(n + 1000000 as char(7)), 32, '0'), 'orders', k, concat('inventory/', k),
        'inventory', '{"item":"book","quantity":1}',
        case mod(n, 10) when 5 then 'SENT' when 6 then 'DEAD' when 7 then 'PENDING'
          when 8 then 'PENDING' when 9 then 'PENDING' else 'CONSUMED' end,
        0, 1,
        case mod(n, 10) when 5 then %1$s when 7 then %1$s when 8 then %1$s when 9 then %2$s
          else null end,
        %2$s, %2$s
      from (select n, case mod(n, 10) when 7 then concat('k', cast(n + 999999 as char(7)))
          when 8 then 'hot' else concat('k', cast(n + 1000000 as char(7))) end as k
        from (select a.d + 10 * b.d + 100 * c.d + 1000 * e.d + 10000 * f.d + 100000 * g.d as n
          from digit a, digit b, digit c, digit e, digit f, digit g) numbers
        where n < %3$d) keyed
      order by n""";

  private static void fill(LogOnDatabase log) {
    log.sql.execute("create table digit (d int)");
    log.sql.execute("insert into digit values (0),(1),(2),(3),(4),(5),(6),(7),(8),(9)");
    log.sql.update(
        FILL.formatted(Plan.literal(NOW.plus(Duration.ofHours(1))), Plan.literal(START), ROWS));
  }

  @EveryDatabase
  void whatIsDueIsTakenAndWhatIsFinishedIsPurgedInPagesThroughAnIndex(
      TestDatabase kind, Database database) {
    LogOnDatabase log = new LogOnDatabase(database);
    fill(log);
    Plan plan = new Plan(kind, log);
    aBatchIsChangedByItsKeysBeforeTheDatabaseKnowsTheTable(kind, database, plan);
    plan.analyze("tcc_message");

    String id = "'" + "0".repeat(25) + "1001118'";
    String two = "id in (" + id + ", " + id + ")";
    plan.isAPageThrough(
        "tcc_message_due",
        JdbcMessageLog.DUE.formatted(Dialect.of(database.dataSource()).upTo()),
        NOW,
        PAGE);
    plan.isThrough(
        "tcc_message_order", JdbcMessageLog.FIRST_UNSENT.formatted("1, 2, 3", "m." + two));
    plan.isThrough("tcc_message_order", JdbcMessageLog.NEXT_OF_KEY.formatted("m." + two));
    plan.isAPageThrough("tcc_message_order", JdbcMessageLog.OF_KEY, "'inventory/hot'", PAGE);
    plan.isThrough("tcc_message_order", JdbcMessageLog.NEXT, id, id, PAGE);
    for (String state : List.of("'CONSUMED'", "'SENT'", "'REJECTED'", "'DISCARDED'")) {
      plan.isThrough("tcc_message_age", JdbcMessageLog.OLD, state, NOW, PAGE);
    }
    takenInPages(log);
    aHotKeyIsLookedAtOnce(log);
    purgedInPages(log);
    if (ROWS > 100_000) {
      System.out.printf("%s, %d rows: %s%n", kind, ROWS, measured(log));
    }
    whatWaitsIsCountedThroughIndexes(log, plan);
  }

  private static void aBatchIsChangedByItsKeysBeforeTheDatabaseKnowsTheTable(
      TestDatabase kind, Database database, Plan plan) {
    Dialect dialect = Dialect.of(database.dataSource());
    String those = dialect.isAmong("id", 2 * PAGE);
    List<String> batch =
        IntStream.range(0, 2 * PAGE).mapToObj(i -> "%032d".formatted(1_000_000 + i)).toList();
    Object[] ids = dialect.among(batch).stream().map(each -> "'" + each + "'").toArray();
    String key = kind == TestDatabase.POSTGRESQL ? "tcc_message_pkey" : "primary";
    plan.isThrough(
        key,
        JdbcMessageLog.TAKE
            .formatted(those)
            .replaceFirst("\\?", Plan.literal(NOW))
            .replaceFirst("\\?", Plan.literal(NOW))
            .replaceFirst("\\?", "0"),
        ids);
    if (!dialect.skipLocked().isEmpty()) {
      plan.isThrough(key, JdbcMessageLog.LOCK_AMONG.formatted(those) + dialect.skipLocked(), ids);
    }
  }

  /** Once most is delivered: the metrics ask for it again and again. */
  private static void whatWaitsIsCountedThroughIndexes(LogOnDatabase log, Plan plan) {
    for (int digit = 0; digit < 10; digit++) {
      log.sql.update(
          "update tcc_message set state = 'CONSUMED', next_attempt = null"
              + " where next_attempt is not null and id like '%%%d' and id not like '%%77'"
                  .formatted(digit));
    }
    plan.analyze("tcc_message");
    plan.isThrough("tcc_message_age", JdbcMessageLog.SIZE);
  }

  private static Claim claim(LogOnDatabase log) {
    return log.separate(() -> log.messages.claimDue(NOW, NOW.plus(LEASE), WAIT, PAGE));
  }

  private static void takenInPages(LogOnDatabase log) {
    Set<String> taken = new HashSet<>();
    for (int page = 1; page <= PAGES; page++) {
      claim(log).taken().forEach(each -> taken.add(each.id()));
      assertThat(taken).hasSize(page * PAGE).allMatch(each -> each.endsWith("9"));
    }
  }

  /** All that are behind the first one of a key: none is taken, and each waits for that one. */
  private static void aHotKeyIsLookedAtOnce(LogOnDatabase log) {
    log.sql.update(
        "update tcc_message set next_attempt = ? where order_key = 'inventory/hot' and id <> ?",
        Times.column(START.minusSeconds(1)),
        "0".repeat(25) + "1000008");
    for (int page = 1; page <= PAGES; page++) {
      assertThat(claim(log).taken()).isEmpty();
      assertThat(
              count(
                  log,
                  "tcc_message where order_key = 'inventory/hot' and next_attempt > "
                      + Plan.literal(NOW)))
          .isEqualTo(page * PAGE + 1);
    }
    log.sql.update(
        "update tcc_message set next_attempt = ? where order_key = 'inventory/hot'",
        Times.column(NOW.plus(Duration.ofHours(1))));
  }

  private static void purgedInPages(LogOnDatabase log) {
    for (int page = 1; page <= PAGES; page++) {
      assertThat(log.<Integer>separate(() -> log.messages.purge(START.plusSeconds(1), PAGE)))
          .isEqualTo(PAGE);
    }
    assertThat(count(log, "tcc_message")).isEqualTo(ROWS - PAGES * PAGE);
    assertThat(count(log, "tcc_message where state = 'CONSUMED'"))
        .isEqualTo(ROWS / 2 - PAGES * PAGE);
  }

  private static int count(LogOnDatabase log, String what) {
    return log.sql.queryForObject("select count(*) from " + what, Integer.class);
  }

  /** Told, not judged: how long the statements of a pass take. */
  private static String measured(LogOnDatabase log) {
    long[] claims = new long[MEASURED];
    long[] marks = new long[MEASURED];
    long[] blocked = new long[MEASURED];
    for (int i = 0; i < MEASURED; i++) {
      long begun = System.nanoTime();
      List<Message> taken = claim(log).taken();
      claims[i] = System.nanoTime() - begun;
      assertThat(taken).as("without the hot one of before").hasSizeBetween(PAGE - 1, PAGE);
      begun = System.nanoTime();
      log.separately(() -> log.messages.update(taken.stream().map(m -> m.accepted(null)).toList()));
      marks[i] = System.nanoTime() - begun;
      log.separately(() -> log.messages.insert(hot()));
      begun = System.nanoTime();
      log.separately(() -> log.messages.in(MessageState.DEAD, PAGE));
      blocked[i] = System.nanoTime() - begun;
    }
    return "claim of %d %.1f ms, marking them %.1f ms, list of %d dead ones %.1f ms"
        .formatted(PAGE, median(claims), median(marks), PAGE, median(blocked));
  }

  private static Message hot() {
    return Message.born(
        random(), "orders", "hot", null, "inventory", null, "{}", START.minusSeconds(1));
  }

  private static double median(long[] nanos) {
    Arrays.sort(nanos);
    return nanos[nanos.length / 2] / 1e6;
  }
}
