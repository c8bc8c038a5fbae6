package io.tcc.log.jdbc;

import static io.tcc.log.jdbc.JdbcDecisionLog.counted;
import static io.tcc.log.jdbc.JdbcDecisionLog.error;
import static io.tcc.log.jdbc.RowReader.oneOf;
import static io.tcc.log.jdbc.RowReader.text;
import static io.tcc.log.jdbc.Times.column;
import static java.util.stream.Collectors.groupingBy;

import io.tcc.log.MessageLog;
import io.tcc.transaction.Backoff;
import io.tcc.transaction.Message;
import io.tcc.transaction.MessageState;
import io.tcc.transaction.Site;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDateTime;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.Comparator;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.LinkedHashMap;
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
      select * from tcc_message where next_attempt %s
      order by next_attempt, sequence limit ?""";

  // With "state in (…)" PostgreSQL would read all pending messages through that index, as long as
  // it has no statistics.
  private static final String STILL_OPEN =
      " where epoch = ? and state not in ('HELD', 'CONSUMED', 'REJECTED', 'DEAD', 'DISCARDED')"
          + " and %s";

  static final String TAKE =
      "update tcc_message set epoch = epoch + 1, next_attempt = ?, updated_at = ?" + STILL_OPEN;

  // For one message of each key: its key's first unsent ones beside those taken. Each is found at
  // the beginning of an index, however many there are of the key.
  static final String FIRST_UNSENT =
      """
      select m.order_key,
        (select b.sequence from tcc_message b
          where b.order_key = m.order_key and b.state = 'PENDING' and b.sequence not in (%1$s)
          order by b.order_key, b.state, b.sequence limit 1) as pending,
        (select b.sequence from tcc_message b
          where b.order_key = m.order_key and b.state = 'DEAD'
          order by b.order_key, b.state, b.sequence limit 1) as dead
      from tcc_message m where %2$s""";

  // For one message of each key: the first of its key that is pending.
  static final String NEXT_OF_KEY =
      """
      select m.order_key,
        (select b.id from tcc_message b
          where b.order_key = m.order_key and b.state = 'PENDING'
          order by b.order_key, b.state, b.sequence limit 1) as id
      from tcc_message m where %s""";

  // Not with what is due as a condition: MariaDB would look for that instead of for these.
  static final String LOCK_AMONG = "select id, next_attempt from tcc_message where %s";

  static final String OF_KEY =
      """
      select id from tcc_message where order_key = ? and state = 'PENDING'
      order by order_key, state, sequence limit ?""";

  static final String UPDATE =
      "update tcc_message set state = ?, attempts = ?, next_attempt = ?, last_error = ?,"
          + " updated_at = ?"
          + STILL_OPEN;

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
      where id = ? and state = 'PENDING' and attempts = 0""";

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

  // What is pending is due some time: told so, PostgreSQL finds it through the index of what is
  // due.
  static final String SIZE =
      """
      select
        (select count(*) from tcc_message where state = 'HELD') as held,
        (select count(*) from tcc_message
          where state = 'PENDING' and next_attempt is not null) as pending,
        (select count(*) from tcc_message where state = 'DEAD') as dead,
        (select min(stored_at) from tcc_message
          where state = 'PENDING' and next_attempt is not null) as oldest""";

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
  private final Dialect dialect;
  private final UpdateByIds take;
  private final UpdateByIds update;
  private final FinishedRows<MessageState> finished;

  public JdbcMessageLog(DataSource dataSource, Tables tables, Clock clock) {
    this.jdbc = new JdbcTemplate(dataSource);
    this.tables = tables;
    this.clock = clock;
    this.rows =
        new RowReader<>(jdbc, tables.in("tcc_message"), List.of("id"), JdbcMessageLog::message);
    this.dialect = Dialect.of(dataSource);
    this.insert = new InsertThatMayLose(jdbc, tables.in(INSERT + dialect.orNothing()));
    this.selectDue = tables.in(DUE.formatted(dialect.upTo()) + dialect.skipLocked());
    this.take = new UpdateByIds(jdbc, dialect, tables.in(TAKE), "id");
    this.update = new UpdateByIds(jdbc, dialect, tables.in(UPDATE), "id");
    this.finished =
        new FinishedRows<>(
            jdbc, tables.in(OLD + dialect.skipLocked()), tables.in(DELETE), FINISHED);
  }

  @Override
  public boolean insert(Message message) {
    @Nullable Object[] values = {
      message.id(),
      message.topic(),
      OrNull.text(message.key()),
      OrNull.text(message.uniqueKey()),
      OrNull.text(message.orderKey()),
      message.destination().toString(),
      OrNull.text(message.about()),
      OrNull.text(message.trace()),
      message.body(),
      message.state().name(),
      OrNull.text(message.reason()),
      message.attempts(),
      message.epoch(),
      OrNull.time(message.nextAttempt()),
      column(message.stored()),
      now()
    };
    if (message.uniqueKey() == null && !message.isReply()) {
      // It can lose to nobody: PostgreSQL need not look for one in each index first.
      return jdbc.update(tables.in(INSERT), values) == 1;
    }
    return insert.wins(values);
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
  public Claim claimDue(Instant now, Instant until, Backoff wait, int limit) {
    List<Unreadable> unreadable = new ArrayList<>();
    List<Message> due =
        rows.readable(selectDue, row -> unreadable.add(bury(row)), column(now), limit);
    List<Message> taken = take(due, until);
    Map<String, Long> unsentFrom = unsentFrom(taken);
    List<Message> free = new ArrayList<>();
    List<Message> blocked = new ArrayList<>();
    for (Message each : taken) {
      if (isBlocked(each, unsentFrom)) {
        blocked.add(each.givenBack(now.plus(patience(each, now, wait))));
      } else {
        free.add(each);
      }
    }
    write(blocked);
    free.sort(Comparator.comparingLong(Message::sequence));
    return new Claim(free, due.size() + unreadable.size(), unreadable);
  }

  /**
   * Together those of one epoch where the query has locked them, so that all are ours; each for
   * itself where it has not, as only their own counts tell who was first.
   */
  private List<Message> take(List<Message> due, Instant until) {
    LocalDateTime lease = column(until);
    LocalDateTime now = now();
    List<Message> taken = new ArrayList<>();
    if (dialect.skipLocked().isEmpty()) {
      int[] counts =
          jdbc.batchUpdate(
              tables.in(TAKE.formatted("id = ?")),
              due.stream().map(m -> new Object[] {lease, now, m.epoch(), m.id()}).toList());
      for (int i = 0; i < counts.length; i++) {
        if (counts[i] == 1) {
          taken.add(due.get(i).takenOver(until));
        }
      }
      return taken;
    }
    due.stream()
        .collect(groupingBy(Message::epoch))
        .forEach(
            (epoch, all) -> {
              List<String> ids = all.stream().map(Message::id).toList();
              if (take.together(List.of(lease, now, epoch), ids) == ids.size()) {
                all.forEach(m -> taken.add(m.takenOver(until)));
              }
            });
    return taken;
  }

  private Unreadable bury(UnreadableRowException row) {
    String reason = String.valueOf(row.getMessage());
    String id = String.valueOf(row.key().get(0));
    jdbc.update(tables.in(BURY), error(reason), now(), id);
    return new Unreadable(id, reason);
  }

  /**
   * By order key, the first unsent message that was not taken, if there is one. Asked after the
   * taking: what another instance holds at this moment is still unsent.
   */
  private Map<String, Long> unsentFrom(List<Message> taken) {
    List<Message> ordered =
        taken.stream()
            .filter(m -> m.orderKey() != null && m.state() == MessageState.PENDING)
            .toList();
    if (ordered.isEmpty()) {
      return Map.of();
    }
    Collection<String> oneOfEach = oneOfEachKey(ordered);
    List<Object> arguments = new ArrayList<>();
    ordered.forEach(m -> arguments.add(m.sequence()));
    arguments.addAll(dialect.among(oneOfEach));
    Map<String, Long> first = new HashMap<>();
    RowCallbackHandler note =
        row -> {
          String key = row.getString("order_key");
          for (String column : List.of("pending", "dead")) {
            long sequence = row.getLong(column);
            if (!row.wasNull()) {
              first.merge(key, sequence, Math::min);
            }
          }
        };
    String sql =
        FIRST_UNSENT.formatted(
            Dialect.marks(ordered.size()), dialect.isAmong("m.id", oneOfEach.size()));
    jdbc.query(tables.in(sql), note, arguments.toArray());
    return first;
  }

  /** The ids of messages that have a key, one of each. */
  private static Collection<String> oneOfEachKey(Collection<Message> messages) {
    Map<String, String> ids = new LinkedHashMap<>();
    for (Message each : messages) {
      String key = each.orderKey();
      if (key != null) {
        ids.putIfAbsent(key, each.id());
      }
    }
    return ids.values();
  }

  private static boolean isBlocked(Message message, Map<String, Long> unsentFrom) {
    String key = message.orderKey();
    Long first = key == null ? null : unsentFrom.get(key);
    return first != null && message.state() == MessageState.PENDING && first < message.sequence();
  }

  /** What has waited long is looked at seldom: it is told to go on when it may. */
  private static Duration patience(Message message, Instant now, Backoff wait) {
    Duration waited = Duration.between(message.stored(), now);
    if (waited.compareTo(wait.first()) < 0) {
      return wait.first();
    }
    return waited.compareTo(wait.longest()) > 0 ? wait.longest() : waited;
  }

  @Override
  public int goOn(Collection<Message> sent, Instant now, int limit) {
    Collection<String> oneOfEach = oneOfEachKey(sent);
    if (oneOfEach.isEmpty()) {
      return 0;
    }
    dialect.lookUpByIds(jdbc);
    Map<String, String> keys = keysByNext(oneOfEach);
    List<String> ready = dueAndLeftAlone(keys.keySet(), now);
    keys.keySet().removeAll(ready);
    int due = ready.size();
    for (String key : keys.values()) {
      due += hurry(jdbc.queryForList(tables.in(OF_KEY), String.class, key, limit), now);
    }
    return due;
  }

  /** By the id of what is the first pending message of its key, that key. */
  private Map<String, String> keysByNext(Collection<String> oneOfEachKey) {
    Map<String, String> keys = new LinkedHashMap<>();
    RowCallbackHandler note =
        row -> {
          String next = row.getString("id");
          if (next != null) {
            keys.put(next, row.getString("order_key"));
          }
        };
    jdbc.query(
        tables.in(NEXT_OF_KEY.formatted(dialect.isAmong("m.id", oneOfEachKey.size()))),
        note,
        dialect.among(oneOfEachKey).toArray());
    return keys;
  }

  /**
   * Which of them are due and stay so. One that is being taken at this moment may be given back, as
   * whoever takes it has not seen yet that what it waited for is sent.
   */
  private List<String> dueAndLeftAlone(Collection<String> ids, Instant now) {
    if (ids.isEmpty() || dialect.skipLocked().isEmpty()) {
      return List.of();
    }
    List<String> ready = new ArrayList<>();
    RowCallbackHandler note =
        row -> {
          Instant next = Times.instantOrNull(row, "next_attempt");
          if (next != null && !next.isAfter(now)) {
            ready.add(row.getString("id"));
          }
        };
    jdbc.query(
        tables.in(LOCK_AMONG.formatted(dialect.isAmong("id", ids.size())) + dialect.skipLocked()),
        note,
        dialect.among(ids).toArray());
    return ready;
  }

  /** Those that have failed themselves have their own time. */
  private int hurry(List<String> ids, Instant now) {
    return counted(
        jdbc.batchUpdate(
            tables.in(HURRY),
            ids.stream().map(id -> new Object[] {column(now), now(), id}).toList()));
  }

  @Override
  public int update(Collection<Message> messages) {
    // Somebody is told of a dead one.
    if (messages.stream().noneMatch(m -> m.state() == MessageState.DEAD)) {
      dialect.commitWithoutWaiting(jdbc);
    }
    return write(messages);
  }

  private int write(Collection<Message> messages) {
    LocalDateTime now = now();
    return update.each(
        messages,
        m ->
            Arrays.asList(
                m.state().name(),
                m.attempts(),
                OrNull.time(m.nextAttempt()),
                error(m.lastError()),
                now,
                m.epoch()),
        Message::id);
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
    hurry(jdbc.queryForList(tables.in(NEXT), String.class, id, id, MOST_HURRIED), now);
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
                    Times.instantOrNull(row, "oldest"))));
  }

  @Override
  public int purge(Instant changedBefore, int limit) {
    return finished.purge(changedBefore, limit);
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
        Times.instantOrNull(row, "next_attempt"),
        row.getString("last_error"),
        Times.instant(row, "stored_at"));
  }
}
