package io.tcc.log.jdbc;

import static io.tcc.log.jdbc.JdbcDecisionLog.counted;
import static io.tcc.log.jdbc.JdbcDecisionLog.error;
import static io.tcc.log.jdbc.RowReader.oneOf;
import static io.tcc.log.jdbc.RowReader.text;
import static io.tcc.log.jdbc.Times.column;

import io.tcc.log.HalfMessageLog;
import io.tcc.transaction.HalfMessage;
import io.tcc.transaction.HalfMessageState;
import io.tcc.transaction.Xid;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Clock;
import java.time.Instant;
import java.time.LocalDateTime;
import java.util.Collection;
import java.util.EnumSet;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.IntStream;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;
import org.springframework.jdbc.core.JdbcTemplate;

/** The rows of transactional messages in SQL. */
public final class JdbcHalfMessageLog implements HalfMessageLog {

  private static final String INSERT =
      """
      insert into tcc_half_message (id, topic, tags, message_key, body, half, state, begun_at,
        attempts, epoch, next_attempt, last_error, updated_at)
      values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)""";

  private static final String COMMIT =
      """
      update tcc_half_message set state = ?, message_key = ?, body = ?, half = ?,
        next_attempt = ?, updated_at = ?
      where id = ? and state = 'WORKING'""";

  private static final String RELEASE =
      """
      update tcc_half_message set state = 'COMMITTED', next_attempt = ?, updated_at = ?
      where id = ? and state = 'HELD'""";

  private static final String FORGET =
      "delete from tcc_half_message where id = ? and state = 'HELD'";

  private static final String FIND = "select * from tcc_half_message where id = ?";

  // Sorted like the index, the state too: H2 would sort all due rows otherwise.
  private static final String DUE =
      """
      select * from tcc_half_message where state = 'COMMITTED' and next_attempt <= ?
      order by state, next_attempt limit ?""";

  private static final String TAKE =
      """
      update tcc_half_message set epoch = epoch + 1, next_attempt = ?, updated_at = ?
      where id = ? and epoch = ? and state = 'COMMITTED'""";

  private static final String PARK =
      """
      update tcc_half_message set state = 'PARKED', next_attempt = null, last_error = ?,
        updated_at = ?
      where id = ? and state = 'COMMITTED'""";

  private static final String UPDATE =
      """
      update tcc_half_message set state = ?, attempts = ?, next_attempt = ?, last_error = ?,
        updated_at = ?
      where id = ? and epoch = ? and state = 'COMMITTED'""";

  private static final String DELIVERED =
      """
      update tcc_half_message set state = 'DELIVERED', next_attempt = null, updated_at = ?
      where id = ? and state in ('COMMITTED', 'PARKED')""";

  private static final String REQUEUE =
      """
      update tcc_half_message set state = 'COMMITTED', attempts = 0, next_attempt = ?,
        epoch = epoch + 1, updated_at = ?
      where id = ? and state in ('COMMITTED', 'PARKED')""";

  private static final String IN =
      "select * from tcc_half_message where state = ? order by begun_at limit ?";

  private static final String SIZE =
      """
      select
        (select count(*) from tcc_half_message where state = 'HELD') as held,
        (select count(*) from tcc_half_message where state = 'COMMITTED') as committed,
        (select count(*) from tcc_half_message where state = 'PARKED') as parked""";

  private static final String OLD =
      """
      select id from tcc_half_message where state = ? and updated_at < ?
      order by state, updated_at limit ?""";

  private static final String DELETE = "delete from tcc_half_message where id = ? and state = ?";

  private static final List<HalfMessageState> FINISHED =
      List.of(HalfMessageState.DELIVERED, HalfMessageState.ROLLED_BACK);

  private final JdbcTemplate jdbc;
  private final Tables tables;
  private final Clock clock;
  private final RowReader<HalfMessage> rows;
  private final InsertThatMayLose insert;
  private final String selectDue;
  private final FinishedRows<HalfMessageState> finished;

  public JdbcHalfMessageLog(DataSource dataSource, Tables tables, Clock clock) {
    this.jdbc = new JdbcTemplate(dataSource);
    this.tables = tables;
    this.clock = clock;
    this.rows =
        new RowReader<>(
            jdbc, tables.in("tcc_half_message"), List.of("id"), JdbcHalfMessageLog::message);
    Dialect dialect = Dialect.of(dataSource);
    this.insert = new InsertThatMayLose(jdbc, tables.in(INSERT + dialect.orNothing()));
    this.selectDue = tables.in(DUE + dialect.skipLocked());
    this.finished =
        new FinishedRows<>(
            jdbc, tables.in(OLD + dialect.skipLocked()), tables.in(DELETE), FINISHED);
  }

  @Override
  public boolean insert(HalfMessage message) {
    return insert.wins(
        message.id().value(),
        message.topic(),
        message.tags(),
        OrNull.text(message.key()),
        OrNull.text(message.body()),
        OrNull.text(message.half()),
        message.state().name(),
        column(message.begun()),
        message.attempts(),
        message.epoch(),
        OrNull.time(message.nextAttempt()),
        error(message.lastError()),
        now());
  }

  @Override
  public boolean commit(HalfMessage message) {
    return jdbc.update(
            tables.in(COMMIT),
            message.state().name(),
            OrNull.text(message.key()),
            OrNull.text(message.body()),
            OrNull.text(message.half()),
            OrNull.time(message.nextAttempt()),
            now(),
            message.id().value())
        == 1;
  }

  @Override
  public boolean release(Xid id, Instant now) {
    return jdbc.update(tables.in(RELEASE), column(now), now(), id.value()) == 1;
  }

  @Override
  public boolean forget(Xid id) {
    return jdbc.update(tables.in(FORGET), id.value()) == 1;
  }

  @Override
  public Optional<HalfMessage> find(Xid id) {
    return rows.all(tables.in(FIND), id.value()).stream().findFirst();
  }

  @Override
  public List<HalfMessage> claimDue(Instant now, Instant until, int limit) {
    List<HalfMessage> due = rows.readable(selectDue, this::park, column(now), limit);
    List<Object[]> takeovers =
        due.stream()
            .map(each -> new Object[] {column(until), now(), each.id().value(), each.epoch()})
            .toList();
    int[] taken = jdbc.batchUpdate(tables.in(TAKE), takeovers);
    return IntStream.range(0, taken.length)
        .filter(i -> taken[i] != 0)
        .mapToObj(i -> due.get(i).takenOver(until))
        .toList();
  }

  /** Or else it would be taken again and again. */
  private void park(UnreadableRowException row) {
    jdbc.update(tables.in(PARK), error(row.getMessage()), now(), row.key().get(0));
  }

  @Override
  public int update(Collection<HalfMessage> messages) {
    LocalDateTime now = now();
    List<@Nullable Object[]> changes =
        messages.stream()
            .map(
                each ->
                    new @Nullable Object[] {
                      each.state().name(),
                      each.attempts(),
                      OrNull.time(each.nextAttempt()),
                      error(each.lastError()),
                      now,
                      each.id().value(),
                      each.epoch()
                    })
            .toList();
    return counted(jdbc.batchUpdate(tables.in(UPDATE), changes));
  }

  @Override
  public int delivered(Collection<Xid> ids) {
    LocalDateTime now = now();
    List<Object[]> changes = ids.stream().map(id -> new Object[] {now, id.value()}).toList();
    return counted(jdbc.batchUpdate(tables.in(DELIVERED), changes));
  }

  @Override
  public boolean requeue(Xid id, Instant now) {
    return jdbc.update(tables.in(REQUEUE), column(now), now(), id.value()) == 1;
  }

  @Override
  public List<HalfMessage> in(HalfMessageState state, int limit) {
    return rows.readable(tables.in(IN), row -> {}, state.name(), limit);
  }

  @Override
  public Size size() {
    return Objects.requireNonNull(
        jdbc.queryForObject(
            tables.in(SIZE),
            (row, number) ->
                new Size(row.getInt("held"), row.getInt("committed"), row.getInt("parked"))));
  }

  @Override
  public int purge(Instant changedBefore, int limit) {
    return finished.purge(changedBefore, limit);
  }

  private LocalDateTime now() {
    return column(clock.instant());
  }

  private static HalfMessage message(ResultSet row, int number) throws SQLException {
    return new HalfMessage(
        new Xid(text(row, "id")),
        text(row, "topic"),
        text(row, "tags"),
        row.getString("message_key"),
        row.getString("body"),
        row.getString("half"),
        oneOf(EnumSet.allOf(HalfMessageState.class), row, "state"),
        Times.instant(row, "begun_at"),
        row.getInt("attempts"),
        row.getLong("epoch"),
        Times.instantOrNull(row, "next_attempt"),
        row.getString("last_error"));
  }
}
