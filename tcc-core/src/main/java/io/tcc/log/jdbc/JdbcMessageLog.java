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

  static final String DUE =
      """
      select * from tcc_message where next_attempt <= ? order by next_attempt, sequence limit ?""";

  private static final String TAKE =
      """
      update tcc_message set epoch = epoch + 1, next_attempt = ?, updated_at = ?
      where id = ? and epoch = ? and state in ('PENDING', 'SENT')""";

  // For one message of each key: the ids of its key's first unsent ones beside those taken. Each is
  // found at the beginning of an index, however many there are of the key.
  static final String FIRST_UNSENT =
      """
      select
        (select b.id from tcc_message b where b.order_key = m.order_key and b.state = 'PENDING'
          and b.sequence not in (%1$s) order by b.order_key, b.state, b.sequence limit 1) as pending,
        (select b.id from tcc_message b where b.order_key = m.order_key and b.state = 'DEAD'
          order by b.order_key, b.state, b.sequence limit 1) as dead
      from tcc_message m where m.id in (%2$s)""";

  private static final String BLOCKERS =
      "select order_key, sequence, next_attempt from tcc_message where id in (%s)";

  private static final String UPDATE =
      """
      update tcc_message set state = ?, attempts = ?, next_attempt = ?, last_error = ?,
        updated_at = ?
      where id = ? and epoch = ? and state in ('PENDING', 'SENT')""";

  private static final String BURY =
      """
      update tcc_message set state = 'DEAD', next_attempt = null, last_error = ?, updated_at = ?
      where id = ?""";

  static final String NEXT =
      """
      select id from tcc_message
      where order_key = (select a.order_key from tcc_message a where a.id = ?)
        and state = 'PENDING'
        and sequence > (select a.sequence from tcc_message a where a.id = ?)
      order by order_key, state, sequence limit ?""";

  private static final String HURRY =
      """
      update tcc_message set next_attempt = ?, updated_at = ?
      where id = ? and state = 'PENDING' and next_attempt > ?""";

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

  // Sorted like the index, the state too: the databases would read or sort all such rows otherwise.
  static final String OLD =
      """
      select id from tcc_message where state = ? and updated_at < ? and next_attempt is null
      order by state, updated_at limit ?""";

  private static final List<MessageState> FINISHED =
      List.of(
          MessageState.SENT, MessageState.CONSUMED, MessageState.REJECTED, MessageState.DISCARDED);

  private static final String DELETE =
      """
      delete from tcc_message where id = ? and state = ? and next_attempt is null""";

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
  public Claim claimDue(Instant now, Instant until, Instant later, Instant muchLater, int limit) {
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
    Map<String, Blocker> blockers = blockers(taken);
    List<Message> free = new ArrayList<>();
    List<Message> blocked = new ArrayList<>();
    for (Message each : taken) {
      Blocker ahead = ahead(each, blockers);
      if (ahead == null) {
        free.add(each);
      } else {
        blocked.add(each.givenBack(wait(ahead, until, later, muchLater)));
      }
    }
    update(blocked);
    free.sort(Comparator.comparingLong(Message::sequence));
    return new Claim(free, due.size() + unreadable.size(), unreadable);
  }

  private Unreadable bury(UnreadableRowException row) {
    String reason = String.valueOf(row.getMessage());
    String id = String.valueOf(row.key().get(0));
    jdbc.update(tables.in(BURY), error(reason), now(), id);
    return new Unreadable(id, reason);
  }

  /**
   * A message that those behind it wait for; it may be dead because its row cannot be read.
   *
   * @param due null: not by itself
   */
  private record Blocker(long sequence, @Nullable Instant due) {}

  /**
   * By order key, the first unsent message that was not taken, if there is one. Asked after the
   * taking: what another instance holds at this moment is still unsent.
   */
  private Map<String, Blocker> blockers(List<Message> taken) {
    List<Message> ordered =
        taken.stream()
            .filter(m -> m.orderKey() != null && m.state() == MessageState.PENDING)
            .toList();
    if (ordered.isEmpty()) {
      return Map.of();
    }
    Map<String, String> oneOfEach = new HashMap<>();
    ordered.forEach(m -> oneOfEach.putIfAbsent(m.orderKey(), m.id()));
    List<Object> arguments = new ArrayList<>();
    ordered.forEach(m -> arguments.add(m.sequence()));
    arguments.addAll(oneOfEach.values());
    List<String> ids = new ArrayList<>();
    RowCallbackHandler note =
        row -> {
          ids.add(row.getString("pending"));
          ids.add(row.getString("dead"));
        };
    String sql = FIRST_UNSENT.formatted(marks(ordered.size()), marks(oneOfEach.size()));
    jdbc.query(tables.in(sql), note, arguments.toArray());
    ids.removeIf(Objects::isNull);
    return ids.isEmpty() ? Map.of() : firstOfEach(ids);
  }

  private Map<String, Blocker> firstOfEach(List<String> ids) {
    Map<String, Blocker> first = new HashMap<>();
    RowCallbackHandler note =
        row ->
            first.merge(
                row.getString("order_key"),
                new Blocker(row.getLong("sequence"), instantOrNull(row, "next_attempt")),
                (one, other) -> one.sequence() < other.sequence() ? one : other);
    jdbc.query(tables.in(BLOCKERS.formatted(marks(ids.size()))), note, ids.toArray());
    return first;
  }

  private static @Nullable Blocker ahead(Message message, Map<String, Blocker> blockers) {
    String key = message.orderKey();
    Blocker first =
        key == null || message.state() != MessageState.PENDING ? null : blockers.get(key);
    return first != null && first.sequence() < message.sequence() ? first : null;
  }

  /** One that is due before a lease would end may be under one. */
  private static Instant wait(Blocker blocker, Instant until, Instant later, Instant muchLater) {
    Instant due = blocker.due();
    if (due == null) {
      return muchLater;
    }
    return due.isAfter(until) ? due : later;
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
  public boolean settle(String id, String receiver, MessageState result, @Nullable String reason) {
    return jdbc.update(
            tables.in(SETTLE), result.name(), error(reason), now(), id, receiver, receiver + "@%")
        == 1;
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
    List<String> next = jdbc.queryForList(tables.in(NEXT), String.class, id, id, MOST_HURRIED);
    jdbc.batchUpdate(
        tables.in(HURRY),
        next.stream().map(each -> new Object[] {column(now), now(), each, column(now)}).toList());
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
                    instantOrNull(row, "oldest"))));
  }

  @Override
  public int purge(Instant changedBefore, int limit) {
    int deleted = 0;
    for (MessageState finished : FINISHED) {
      List<Object[]> ids =
          jdbc
              .queryForList(
                  selectOld, String.class, finished.name(), column(changedBefore), limit - deleted)
              .stream()
              .map(id -> new Object[] {id, finished.name()})
              .toList();
      deleted += counted(jdbc.batchUpdate(tables.in(DELETE), ids));
    }
    return deleted;
  }

  private LocalDateTime now() {
    return column(clock.instant());
  }

  private static Message message(ResultSet row, int number) throws SQLException {
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
        instantOrNull(row, "next_attempt"),
        row.getString("last_error"),
        Times.instant(row, "stored_at"));
  }

  private static @Nullable Instant instantOrNull(ResultSet row, String column) throws SQLException {
    return row.getObject(column, LocalDateTime.class) == null ? null : Times.instant(row, column);
  }
}
