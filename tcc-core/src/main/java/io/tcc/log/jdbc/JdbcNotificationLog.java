package io.tcc.log.jdbc;

import static io.tcc.log.jdbc.JdbcDecisionLog.error;
import static io.tcc.log.jdbc.RowReader.oneOf;
import static io.tcc.log.jdbc.RowReader.text;
import static io.tcc.log.jdbc.Times.column;

import io.tcc.log.NotificationLog;
import io.tcc.transaction.Notification;
import io.tcc.transaction.NotificationAttempt;
import io.tcc.transaction.NotificationPage;
import io.tcc.transaction.NotificationState;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Types;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDateTime;
import java.util.ArrayList;
import java.util.Collections;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import javax.sql.DataSource;
import org.springframework.jdbc.core.JdbcTemplate;
import org.springframework.jdbc.core.SqlParameterValue;

/** The notification log in SQL. */
public final class JdbcNotificationLog implements NotificationLog {

  private static final String INSERT =
      """
      insert into tcc_notification (id, target, business_type, business_number, body, state,
        failures, next_attempt, owner, epoch, last_error, created_at, updated_at)
      values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)""";

  private static final String FIND = "select * from tcc_notification where id = ?";

  private static final String FIND_SUBJECT =
      """
      select * from tcc_notification
      where target = ? and business_type = ? and business_number = ?""";

  private static final String LIST = "select * from tcc_notification where created_at >= ?";

  private static final String LIST_OF_TARGET = " and target = ?";

  private static final String LIST_OF_STATE = " and state = ?";

  private static final String LIST_AFTER = " and (created_at > ? or id > ?)";

  private static final String LIST_ORDER = " order by created_at, id limit ?";

  private static final String ATTEMPTS =
      """
      select * from tcc_notification_attempt where notification_id = ?
      order by number desc limit ?""";

  private static final String COUNT = "select count(*) from tcc_notification where state = ?";

  // Sorted like the index: H2 would sort all due rows otherwise.
  private static final String DUE =
      """
      select * from tcc_notification where target = ? and state = 'PENDING' and next_attempt <= ?
      order by target, state, next_attempt limit ?""";

  private static final String TAKE =
      """
      update tcc_notification set owner = ?, epoch = epoch + 1, next_attempt = ?, updated_at = ?
      where id = ? and epoch = ? and state = 'PENDING'""";

  private static final String SET_ASIDE =
      """
      update tcc_notification set state = 'GIVEN_UP', last_error = ?, updated_at = ?
      where id = ? and state = 'PENDING'""";

  private static final String APPEND =
      """
      insert into tcc_notification_attempt (notification_id, number, result, status, latency_ms,
        answer, error, created_at)
      values (?, ?, ?, ?, ?, ?, ?, ?)""";

  private static final String DELIVER =
      """
      update tcc_notification set state = 'DELIVERED', last_error = null, updated_at = ?
      where id = ? and state in ('PENDING', 'GIVEN_UP')""";

  private static final String POSTPONE =
      """
      update tcc_notification set failures = failures + 1, next_attempt = ?, last_error = ?,
        updated_at = ?
      where id = ? and epoch = ? and state = 'PENDING'""";

  private static final String GIVE_UP =
      """
      update tcc_notification set state = 'GIVEN_UP', failures = failures + 1, last_error = ?,
        updated_at = ?
      where id = ? and epoch = ? and state = 'PENDING'""";

  private static final String RESEND =
      """
      update tcc_notification set state = 'PENDING', failures = 0, next_attempt = ?,
        epoch = epoch + 1, updated_at = ?
      where id = ?""";

  private static final String OLD =
      """
      select id from tcc_notification where state = ? and updated_at < ?
      order by state, updated_at limit ?""";

  private static final String DELETE_ATTEMPTS =
      "delete from tcc_notification_attempt where notification_id = ?";

  private static final String DELETE =
      """
      delete from tcc_notification
      where id = ? and state in ('DELIVERED', 'GIVEN_UP') and updated_at < ?""";

  private final JdbcTemplate jdbc;
  private final Tables tables;
  private final Clock clock;
  private final RowReader<Notification> rows;
  private final RowReader<NotificationAttempt> attemptRows;
  private final InsertThatMayLose insert;
  private final String selectDue;
  private final String selectOld;

  public JdbcNotificationLog(DataSource dataSource, Tables tables, Clock clock) {
    this.jdbc = new JdbcTemplate(dataSource);
    this.tables = tables;
    this.clock = clock;
    this.rows =
        new RowReader<>(
            jdbc, tables.in("tcc_notification"), List.of("id"), JdbcNotificationLog::notification);
    this.attemptRows =
        new RowReader<>(
            jdbc,
            tables.in("tcc_notification_attempt"),
            List.of("notification_id", "number"),
            JdbcNotificationLog::attempt);
    Dialect dialect = Dialect.of(dataSource);
    this.insert = new InsertThatMayLose(jdbc, tables.in(INSERT + dialect.orNothing()));
    this.selectDue = tables.in(DUE + dialect.skipLocked());
    this.selectOld = tables.in(OLD + dialect.skipLocked());
  }

  @Override
  public boolean insert(Notification notification) {
    return insert.wins(
        notification.id(),
        notification.target(),
        notification.subject().type(),
        notification.subject().number(),
        notification.body(),
        notification.state().name(),
        notification.failures(),
        column(notification.nextAttempt()),
        notification.owner(),
        notification.epoch(),
        error(notification.lastError()),
        column(notification.created()),
        now());
  }

  @Override
  public Optional<Notification> find(String id) {
    return rows.all(tables.in(FIND), id).stream().findFirst();
  }

  @Override
  public Optional<Notification> find(String target, Notification.Subject subject) {
    return rows.all(tables.in(FIND_SUBJECT), target, subject.type(), subject.number()).stream()
        .findFirst();
  }

  @Override
  public List<Notification> list(NotificationPage page) {
    StringBuilder sql = new StringBuilder(LIST);
    List<Object> arguments = new ArrayList<>(List.of(column(page.since())));
    if (page.target() != null) {
      sql.append(LIST_OF_TARGET);
      arguments.add(page.target());
    }
    if (page.state() != null) {
      sql.append(LIST_OF_STATE);
      arguments.add(page.state().name());
    }
    if (page.after() != null) {
      sql.append(LIST_AFTER);
      arguments.add(column(page.since()));
      arguments.add(page.after());
    }
    arguments.add(page.limit());
    return rows.readable(
        tables.in(sql.append(LIST_ORDER).toString()), row -> {}, arguments.toArray());
  }

  @Override
  public List<NotificationAttempt> attempts(String id, int limit) {
    List<NotificationAttempt> latest =
        new ArrayList<>(attemptRows.readable(tables.in(ATTEMPTS), row -> {}, id, limit));
    Collections.reverse(latest);
    return latest;
  }

  @Override
  public int count(NotificationState state) {
    Integer count = jdbc.queryForObject(tables.in(COUNT), Integer.class, state.name());
    return count == null ? 0 : count;
  }

  @Override
  public List<Notification> claimDue(
      String target, String owner, Instant now, Instant until, int limit) {
    List<Notification> due = rows.readable(selectDue, this::setAside, target, column(now), limit);
    List<Object[]> takeovers =
        due.stream()
            .map(each -> new Object[] {owner, column(until), now(), each.id(), each.epoch()})
            .toList();
    int[] taken = jdbc.batchUpdate(tables.in(TAKE), takeovers);
    return IntStream.range(0, taken.length)
        .filter(i -> taken[i] != 0)
        .mapToObj(i -> taken(due.get(i), owner, until))
        .toList();
  }

  private static Notification taken(Notification row, String owner, Instant until) {
    return new Notification(
        row.id(),
        row.target(),
        row.subject(),
        row.body(),
        row.state(),
        row.failures(),
        owner,
        row.epoch() + 1,
        until,
        row.created(),
        row.lastError());
  }

  /** Or else it would be taken again and again. */
  private void setAside(UnreadableRowException row) {
    jdbc.update(tables.in(SET_ASIDE), error(row.getMessage()), now(), row.key().get(0));
  }

  @Override
  public void append(NotificationAttempt attempt) {
    jdbc.update(
        tables.in(APPEND),
        attempt.notification(),
        attempt.number(),
        attempt.result().name(),
        new SqlParameterValue(Types.INTEGER, attempt.status()),
        attempt.latency().toMillis(),
        error(attempt.answer()),
        error(attempt.error()),
        column(attempt.at()));
  }

  @Override
  public boolean deliver(String id) {
    return jdbc.update(tables.in(DELIVER), now(), id) == 1;
  }

  @Override
  public boolean postpone(String id, long epoch, Instant next, String error) {
    return jdbc.update(tables.in(POSTPONE), column(next), error(error), now(), id, epoch) == 1;
  }

  @Override
  public boolean giveUp(String id, long epoch, String error) {
    return jdbc.update(tables.in(GIVE_UP), error(error), now(), id, epoch) == 1;
  }

  @Override
  public boolean resend(String id, Instant now) {
    return jdbc.update(tables.in(RESEND), column(now), now(), id) == 1;
  }

  @Override
  public int purge(Instant changedBefore, int limit) {
    LocalDateTime before = column(changedBefore);
    List<String> old = new ArrayList<>();
    for (NotificationState end : List.of(NotificationState.DELIVERED, NotificationState.GIVEN_UP)) {
      if (old.size() < limit) {
        old.addAll(
            jdbc.queryForList(selectOld, String.class, end.name(), before, limit - old.size()));
      }
    }
    int[] deleted =
        jdbc.batchUpdate(
            tables.in(DELETE), old.stream().map(id -> new Object[] {id, before}).toList());
    List<Object[]> gone =
        IntStream.range(0, deleted.length)
            .filter(i -> deleted[i] != 0)
            .mapToObj(i -> new Object[] {old.get(i)})
            .toList();
    jdbc.batchUpdate(tables.in(DELETE_ATTEMPTS), gone);
    return gone.size();
  }

  private LocalDateTime now() {
    return column(clock.instant());
  }

  private static Notification notification(ResultSet row, int number) throws SQLException {
    return new Notification(
        text(row, "id"),
        text(row, "target"),
        new Notification.Subject(text(row, "business_type"), text(row, "business_number")),
        text(row, "body"),
        oneOf(EnumSet.allOf(NotificationState.class), row, "state"),
        row.getInt("failures"),
        text(row, "owner"),
        row.getLong("epoch"),
        Times.instant(row, "next_attempt"),
        Times.instant(row, "created_at"),
        row.getString("last_error"));
  }

  private static NotificationAttempt attempt(ResultSet row, int number) throws SQLException {
    int status = row.getInt("status");
    boolean answered = !row.wasNull();
    return new NotificationAttempt(
        text(row, "notification_id"),
        row.getLong("number"),
        Times.instant(row, "created_at"),
        Duration.ofMillis(row.getLong("latency_ms")),
        oneOf(EnumSet.allOf(NotificationAttempt.Result.class), row, "result"),
        answered ? status : null,
        row.getString("answer"),
        row.getString("error"));
  }
}
