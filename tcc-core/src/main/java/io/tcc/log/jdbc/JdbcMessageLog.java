package io.tcc.log.jdbc;

import static io.tcc.log.jdbc.JdbcDecisionLog.counted;
import static io.tcc.log.jdbc.JdbcDecisionLog.error;
import static io.tcc.log.jdbc.RowReader.oneOf;
import static io.tcc.log.jdbc.RowReader.text;
import static io.tcc.log.jdbc.Times.column;
import static io.tcc.log.jdbc.Times.columnOrNull;
import static java.util.stream.Collectors.joining;

import io.tcc.log.MessageLog;
import io.tcc.transaction.Message;
import io.tcc.transaction.MessageState;
import io.tcc.transaction.Site;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Clock;
import java.time.Instant;
import java.time.LocalDateTime;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.Comparator;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;
import org.springframework.jdbc.core.JdbcTemplate;
import org.springframework.jdbc.core.RowCallbackHandler;

/** The message log in SQL. */
public final class JdbcMessageLog implements MessageLog {

  private static final String INSERT =
      """
      insert into tcc_message (id, topic, message_key, unique_key, order_key, destination, about,
        trace, body, state, reason, attempts, epoch, next_attempt, stored_at, updated_at)
      values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)""";

  private static final String RELEASE =
      """
      update tcc_message set state = 'PENDING', next_attempt = ?, updated_at = ?
      where id = ? and state = 'HELD'""";

  private static final String FORGET = "delete from tcc_message where id = ? and state = 'HELD'";

  private static final String FIND = "select * from tcc_message where id = ?";

  private static final String REPLY_TO = "select * from tcc_message where about = ?";

  private static final String DUE =
      """
      select * from tcc_message where next_attempt <= ? order by next_attempt, sequence limit ?""";

  private static final String TAKE =
      """
      update tcc_message set epoch = epoch + 1, next_attempt = ?, updated_at = ?
      where id = ? and epoch = ? and state in ('PENDING', 'SENT')""";

  private static final String UNSENT_AMONG =
      """
      select order_key, min(sequence) as first from tcc_message
      where order_key in (%s) and state in ('PENDING', 'DEAD') and sequence < ?
        and sequence not in (%s)
      group by order_key""";

  private static final String UPDATE =
      """
      update tcc_message set state = ?, attempts = ?, next_attempt = ?, last_error = ?,
        updated_at = ?
      where id = ? and epoch = ? and state in ('PENDING', 'SENT')""";

  private static final String BURY =
      """
      update tcc_message set state = 'DEAD', next_attempt = null, last_error = ?, updated_at = ?
      where id = ?""";

  private static final String BURY_AT_RECEIVER =
      """
      update tcc_message set state = 'DEAD', next_attempt = null, last_error = ?, epoch = epoch + 1,
        updated_at = ?
      where id = ? and about is null and (destination = ? or destination like ?)
        and state in ('PENDING', 'SENT')""";

  private static final String WITHDRAW =
      "delete from tcc_message where about = ? and body = 'DEAD'";

  private static final String HOLD_BACK =
      """
      update tcc_message set next_attempt = ?, updated_at = ?
      where order_key = ? and state = 'PENDING' and sequence > ? and next_attempt < ?""";

  private static final String HURRY =
      """
      update tcc_message set next_attempt = ?, updated_at = ?
      where order_key = ? and state = 'PENDING' and sequence > ? and next_attempt > ?""";

  private static final String SETTLE =
      """
      update tcc_message set state = ?, reason = ?, next_attempt = null, last_error = null,
        epoch = epoch + 1, updated_at = ?
      where id = ? and about is null and (destination = ? or destination like ?)
        and state in ('PENDING', 'SENT', 'DEAD')""";

  private static final String REQUEUE =
      """
      update tcc_message set state = 'PENDING', attempts = 0, epoch = epoch + 1, next_attempt = ?,
        updated_at = ?
      where id = ? and state in ('DEAD', 'SENT', 'PENDING')""";

  private static final String DISCARD =
      """
      update tcc_message set state = 'DISCARDED', next_attempt = null, epoch = epoch + 1,
        updated_at = ?
      where id = ? and state = 'DEAD'""";

  private static final String IN =
      "select * from tcc_message where state = ? order by updated_at, sequence limit ?";

  private static final String SIZE =
      """
      select
        (select count(*) from tcc_message where state = 'HELD') as held,
        (select count(*) from tcc_message where state = 'PENDING') as pending,
        (select count(*) from tcc_message where state = 'DEAD') as dead,
        (select min(stored_at) from tcc_message where state = 'PENDING') as oldest""";

  private static final String OLD =
      """
      select id from tcc_message
      where state in ('SENT', 'CONSUMED', 'REJECTED', 'DISCARDED') and next_attempt is null
        and updated_at < ?
      limit ?""";

  private static final String DELETE =
      """
      delete from tcc_message where id = ? and next_attempt is null
        and state in ('SENT', 'CONSUMED', 'REJECTED', 'DISCARDED')""";

  private final JdbcTemplate jdbc;
  private final Tables tables;
  private final Clock clock;
  private final RowReader<Message> rows;
  private final InsertThatMayLose insert;
  private final String selectDue;
  private final String selectOld;

  public JdbcMessageLog(DataSource dataSource, Tables tables, Clock clock) {
    this.jdbc = new JdbcTemplate(dataSource);
    this.tables = tables;
    this.clock = clock;
    this.rows =
        new RowReader<>(jdbc, tables.in("tcc_message"), List.of("id"), JdbcMessageLog::message);
    Dialect dialect = Dialect.of(dataSource);
    this.insert = new InsertThatMayLose(jdbc, tables.in(INSERT + dialect.orNothing()));
    this.selectDue = tables.in(DUE + dialect.skipLocked());
    this.selectOld = tables.in(OLD + dialect.skipLocked());
  }

  @Override
  public boolean insert(Message message) {
    return insert.wins(
        message.id(),
        message.topic(),
        message.key(),
        message.uniqueKey(),
        message.orderKey(),
        message.destination().toString(),
        message.about(),
        message.trace(),
        message.body(),
        message.state().name(),
        message.reason(),
        message.attempts(),
        message.epoch(),
        columnOrNull(message.nextAttempt()),
        column(message.stored()),
        now());
  }

  @Override
  public boolean release(String id, Instant now) {
    return jdbc.update(tables.in(RELEASE), column(now), now(), id) == 1;
  }

  @Override
  public boolean forget(String id) {
    return jdbc.update(tables.in(FORGET), id) == 1;
  }

  @Override
  public Optional<Message> find(String id) {
    return rows.all(tables.in(FIND), id).stream().findFirst();
  }

  @Override
  public Optional<Message> replyTo(String about) {
    return rows.all(tables.in(REPLY_TO), about).stream().findFirst();
  }

  @Override
  public Claim claimDue(Instant now, Instant until, Instant later, int limit) {
    List<Unreadable> unreadable = new ArrayList<>();
    List<Message> due =
        rows.readable(selectDue, row -> unreadable.add(bury(row)), column(now), limit);
    LocalDateTime lease = column(until);
    int[] counts =
        jdbc.batchUpdate(
            tables.in(TAKE),
            due.stream().map(m -> new Object[] {lease, now(), m.id(), m.epoch()}).toList());
    List<Message> taken = new ArrayList<>();
    for (int i = 0; i < counts.length; i++) {
      if (counts[i] != 0) {
        taken.add(due.get(i).takenOver(until));
      }
    }
    Map<String, Long> blockedFrom = blockedFrom(taken);
    List<Message> blocked = taken.stream().filter(m -> isBlocked(m, blockedFrom)).toList();
    update(blocked.stream().map(m -> m.givenBack(later)).toList());
    taken.removeAll(blocked);
    taken.sort(Comparator.comparingLong(Message::sequence));
    return new Claim(taken, due.size() + unreadable.size(), unreadable);
  }

  private Unreadable bury(UnreadableRowException row) {
    String reason = String.valueOf(row.getMessage());
    String id = String.valueOf(row.key().get(0));
    jdbc.update(tables.in(BURY), error(reason), now(), id);
    return new Unreadable(id, reason);
  }

  /**
   * By order key, the first unsent message that was not taken, as far as one that was taken comes
   * after it. Asked after the taking: what another instance holds at this moment is still unsent.
   */
  private Map<String, Long> blockedFrom(List<Message> taken) {
    List<Message> ordered =
        taken.stream()
            .filter(m -> m.orderKey() != null && m.state() == MessageState.PENDING)
            .toList();
    if (ordered.isEmpty()) {
      return Map.of();
    }
    List<String> keys = ordered.stream().map(Message::orderKey).distinct().toList();
    List<@Nullable Object> arguments = new ArrayList<>(keys);
    arguments.add(ordered.stream().mapToLong(Message::sequence).max().orElseThrow());
    ordered.forEach(m -> arguments.add(m.sequence()));
    String sql = tables.in(UNSENT_AMONG.formatted(marks(keys.size()), marks(ordered.size())));
    Map<String, Long> first = new HashMap<>();
    RowCallbackHandler note = row -> first.put(row.getString("order_key"), row.getLong("first"));
    jdbc.query(sql, note, arguments.toArray());
    return first;
  }

  private static boolean isBlocked(Message message, Map<String, Long> blockedFrom) {
    String key = message.orderKey();
    Long first = key == null ? null : blockedFrom.get(key);
    return first != null && message.state() == MessageState.PENDING && first < message.sequence();
  }

  private static String marks(int count) {
    return Collections.nCopies(count, "?").stream().collect(joining(", "));
  }

  @Override
  public int update(Collection<Message> messages) {
    if (messages.isEmpty()) {
      return 0;
    }
    LocalDateTime now = now();
    List<@Nullable Object[]> changes =
        messages.stream()
            .map(
                m ->
                    new @Nullable Object[] {
                      m.state().name(),
                      m.attempts(),
                      columnOrNull(m.nextAttempt()),
                      error(m.lastError()),
                      now,
                      m.id(),
                      m.epoch()
                    })
            .toList();
    return counted(jdbc.batchUpdate(tables.in(UPDATE), changes));
  }

  @Override
  public void holdBack(Message behind, Instant until) {
    if (behind.orderKey() != null) {
      jdbc.update(
          tables.in(HOLD_BACK),
          column(until),
          now(),
          behind.orderKey(),
          behind.sequence(),
          column(until));
    }
  }

  @Override
  public boolean settle(String id, String receiver, MessageState result, @Nullable String reason) {
    return jdbc.update(
            tables.in(SETTLE), result.name(), error(reason), now(), id, receiver, receiver + "@%")
        == 1;
  }

  @Override
  public boolean bury(String id, String receiver, String reason) {
    return jdbc.update(
            tables.in(BURY_AT_RECEIVER), error(reason), now(), id, receiver, receiver + "@%")
        == 1;
  }

  @Override
  public boolean withdraw(String about) {
    return jdbc.update(tables.in(WITHDRAW), about) == 1;
  }

  @Override
  public boolean requeue(String id, Instant now) {
    boolean requeued = jdbc.update(tables.in(REQUEUE), column(now), now(), id) == 1;
    if (requeued) {
      hurryThoseBehind(id, now);
    }
    return requeued;
  }

  @Override
  public boolean discard(String id, Instant now) {
    boolean discarded = jdbc.update(tables.in(DISCARD), now(), id) == 1;
    if (discarded) {
      hurryThoseBehind(id, now);
    }
    return discarded;
  }

  private void hurryThoseBehind(String id, Instant now) {
    find(id)
        .filter(m -> m.orderKey() != null)
        .ifPresent(
            m ->
                jdbc.update(
                    tables.in(HURRY), column(now), now(), m.orderKey(), m.sequence(), column(now)));
  }

  @Override
  public List<Message> in(MessageState state, int limit) {
    return rows.readable(tables.in(IN), row -> {}, state.name(), limit);
  }

  @Override
  public Size size() {
    return Objects.requireNonNull(
        jdbc.queryForObject(
            tables.in(SIZE),
            (row, number) ->
                new Size(
                    row.getInt("held"),
                    row.getInt("pending"),
                    row.getInt("dead"),
                    row.getObject("oldest") == null ? null : Times.instant(row, "oldest"))));
  }

  @Override
  public int purge(Instant changedBefore, int limit) {
    List<Object[]> ids =
        jdbc.queryForList(selectOld, String.class, column(changedBefore), limit).stream()
            .map(id -> new Object[] {id})
            .toList();
    return ids.isEmpty() ? 0 : counted(jdbc.batchUpdate(tables.in(DELETE), ids));
  }

  private LocalDateTime now() {
    return column(clock.instant());
  }

  private static Message message(ResultSet row, int number) throws SQLException {
    LocalDateTime next = row.getObject("next_attempt", LocalDateTime.class);
    return new Message(
        text(row, "id"),
        row.getLong("sequence"),
        text(row, "topic"),
        row.getString("message_key"),
        row.getString("unique_key"),
        Site.parse(text(row, "destination")),
        row.getString("about"),
        row.getString("trace"),
        text(row, "body"),
        oneOf(EnumSet.allOf(MessageState.class), row, "state"),
        row.getString("reason"),
        row.getInt("attempts"),
        row.getLong("epoch"),
        next == null ? null : Times.instant(row, "next_attempt"),
        row.getString("last_error"),
        Times.instant(row, "stored_at"));
  }
}
