package io.tcc.log.jdbc;

import static io.tcc.log.jdbc.RowReader.oneOf;
import static io.tcc.log.jdbc.RowReader.text;
import static io.tcc.log.jdbc.Times.column;
import static java.util.stream.Collectors.joining;
import static java.util.stream.Collectors.toSet;

import io.tcc.log.DecisionLog;
import io.tcc.log.LocalOutcomeUnknownException;
import io.tcc.transaction.Abridged;
import io.tcc.transaction.Decision;
import io.tcc.transaction.DecisionState;
import io.tcc.transaction.Enlistment;
import io.tcc.transaction.GlobalTransaction;
import io.tcc.transaction.Identifiers;
import io.tcc.transaction.Outcome;
import io.tcc.transaction.Site;
import io.tcc.transaction.Xid;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.sql.Types;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDateTime;
import java.util.Arrays;
import java.util.Collection;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;
import org.springframework.core.NestedExceptionUtils;
import org.springframework.dao.DataAccessException;
import org.springframework.dao.DataIntegrityViolationException;
import org.springframework.jdbc.core.ArgumentPreparedStatementSetter;
import org.springframework.jdbc.core.JdbcTemplate;
import org.springframework.jdbc.core.SqlParameterValue;

/** The decision log in SQL. */
public final class JdbcDecisionLog implements DecisionLog {

  /** Longest error text that a row keeps, in characters. */
  static final int ERROR_LENGTH = 1000;

  private static final String INSERT_INTO =
      """
      insert into tcc_decision (xid, name, outcome, state, initiator, enlisted, acknowledged,
        begun_at, timeout_ms, attempts, next_attempt, owner, epoch, last_error, created_at, updated_at)
      """;

  private static final String INSERT =
      INSERT_INTO
          + """
          select ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ? from tcc_log
          where id = ? and in_force = 1 and\s""";

  // Where it loses it fails, on the key or on a null, and then there is nothing to commit. The
  // parameters are those of INSERT.
  private static final String INSERT_AND_COMMIT =
      INSERT_INTO
          + """
          select ?, ?, ?, ?, case when l.id is not null then ? end, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?
          from (select 1) one
          left join tcc_log l on l.id = ? and l.in_force = 1 and clock_timestamp() < ?; commit""";

  /**
   * States in which a local transaction has ended without being committed, if the server says so:
   * what it cannot take, a constraint, an earlier failure, a deadlock or concurrent change, a lock
   * that was waited for in vain, a cancelled statement.
   */
  private static final Pattern NOT_COMMITTED = Pattern.compile("(22|23|25|40)...|55P03|57014");

  private static final String FIND = "select * from tcc_decision where xid = ?";

  // Sorted like the index, the state too: H2 would sort all due rows otherwise.
  static final String DUE =
      """
      select * from tcc_decision where state = 'DRIVING' and next_attempt <= ?
      order by state, next_attempt limit ?""";

  private static final String TAKE =
      """
      update tcc_decision set owner = ?, epoch = epoch + 1, next_attempt = ?, updated_at = ?
      where xid = ? and epoch = ? and state = 'DRIVING'""";

  private static final String PARK =
      """
      update tcc_decision set state = 'PARKED', last_error = ?, updated_at = ?
      where xid = ? and state = 'DRIVING'""";

  private static final String UPDATE =
      """
      update tcc_decision set state = ?, acknowledged = ?, attempts = ?, next_attempt = ?,
        last_error = ?, updated_at = ?
      where xid = ? and epoch = ? and state = 'DRIVING'""";

  // With a plain condition on the state PostgreSQL would read all that are driven, as long as it
  // has no statistics.
  static final String CLOSE =
      """
      update tcc_decision set state = 'DONE', acknowledged = ?, updated_at = ?
      where epoch = ? and (state = 'DRIVING') is true and %s""";

  private static final String SETTLE =
      """
      update tcc_decision set outcome = ?, state = ?, acknowledged = ?, attempts = 0,
        next_attempt = ?, last_error = ?, updated_at = ?
      where xid = ? and outcome = 'PRE_COMMIT'""";

  private static final String RESOLVE =
      """
      update tcc_decision set state = 'DONE', epoch = epoch + 1, updated_at = ?
      where xid = ? and state = 'DIVERGED'""";

  private static final String REQUEUE =
      """
      update tcc_decision set state = 'DRIVING', attempts = 0, next_attempt = ?, epoch = epoch + 1,
        updated_at = ?
      where xid = ? and state in ('DRIVING', 'PARKED')""";

  // Xids begin with their time. A plain condition on the state would make H2 and MariaDB read all
  // rows of that state.
  static final String OLD =
      """
      select xid from tcc_decision where xid < ? and (state = 'DONE') is true and begun_at < ?
      order by xid limit ?""";

  private static final String DELETE = "delete from tcc_decision where xid = ? and state = 'DONE'";

  private final JdbcTemplate jdbc;
  private final Tables tables;
  private final Clock clock;
  private final Duration retention;
  private final Dialect dialect;
  private final RowReader<Decision> rows;
  private final InsertThatMayLose insert;
  private final String insertAndCommit;
  private final String selectDue;
  private final String selectOld;
  private final UpdateByIds close;

  /**
   * @param retention how long decisions are kept at least: past {@code begun + retention} nothing
   *     can be decided any more
   */
  public JdbcDecisionLog(DataSource dataSource, Tables tables, Clock clock, Duration retention) {
    this.jdbc = new JdbcTemplate(dataSource);
    this.tables = tables;
    this.clock = clock;
    this.retention = retention;
    this.rows = reader(jdbc, tables);
    this.dialect = Dialect.of(dataSource);
    this.insert =
        new InsertThatMayLose(
            jdbc, tables.in(INSERT + dialect.beforeCondition() + dialect.orNothing()));
    this.insertAndCommit = tables.in(INSERT_AND_COMMIT);
    this.selectDue = tables.in(DUE + dialect.skipLocked());
    this.selectOld = tables.in(OLD + dialect.skipLocked());
    this.close = new UpdateByIds(jdbc, dialect, tables.in(CLOSE), "xid");
  }

  static RowReader<Decision> reader(JdbcTemplate jdbc, Tables tables) {
    return new RowReader<>(
        jdbc, tables.in("tcc_decision"), List.of("xid"), JdbcDecisionLog::decision);
  }

  @Override
  public boolean insert(Decision decision) {
    return !isForgotten(decision) && insert.wins(values(decision));
  }

  @Override
  public boolean insertLast(Decision decision, Duration limit) {
    if (dialect != Dialect.POSTGRESQL) {
      return insert(decision);
    }
    if (isForgotten(decision)) {
      return false;
    }
    try {
      if (insertAndCommit(decision, limit) == 1) {
        return true;
      }
    } catch (DataAccessException e) {
      if (refusesDecision(e)) {
        return false;
      }
      if (isNotCommitted(e)) {
        throw e;
      }
      throw unknown(e);
    } catch (RuntimeException e) {
      throw unknown(e);
    }
    throw unknown(new IllegalStateException("It has not inserted one row"));
  }

  /**
   * The wait for the key is bounded by the server: the time limit of a statement would also bound
   * the commit, and cut its wait for a standby, which PostgreSQL answers with success.
   */
  private int insertAndCommit(Decision decision, Duration limit) {
    Integer inserted =
        jdbc.execute(
            "set local lock_timeout = " + limit.toMillis() + "; " + insertAndCommit,
            (PreparedStatement statement) -> {
              new ArgumentPreparedStatementSetter(values(decision)).setValues(statement);
              statement.setQueryTimeout(0);
              statement.execute();
              statement.getMoreResults();
              return statement.getUpdateCount();
            });
    return inserted == null ? 0 : inserted;
  }

  /** The commit may meet a constraint too, of somebody else's table. */
  private boolean refusesDecision(DataAccessException e) {
    return e instanceof DataIntegrityViolationException
        && String.valueOf(e.getMostSpecificCause().getMessage())
            .toLowerCase(Locale.ROOT)
            .contains(tables.in("tcc_decision").toLowerCase(Locale.ROOT));
  }

  private static boolean isNotCommitted(DataAccessException e) {
    return e.getMostSpecificCause() instanceof SQLException cause
        && cause.getSQLState() != null
        && NOT_COMMITTED.matcher(cause.getSQLState()).matches();
  }

  private static LocalOutcomeUnknownException unknown(RuntimeException e) {
    return new LocalOutcomeUnknownException(
        "The statement that decides and commits failed: "
            + NestedExceptionUtils.getMostSpecificCause(e).getMessage(),
        e);
  }

  /** H2 tells the same time all through a local transaction. */
  private boolean isForgotten(Decision decision) {
    return !clock.instant().isBefore(forgotten(decision));
  }

  private Instant forgotten(Decision decision) {
    return decision.transaction().begun().plus(retention);
  }

  private @Nullable Object[] values(Decision decision) {
    LocalDateTime now = now();
    GlobalTransaction transaction = decision.transaction();
    return new @Nullable Object[] {
      decision.xid().value(),
      decision.name(),
      decision.outcome().name(),
      decision.state().name(),
      transaction.initiator().toString(),
      Enlistment.write(decision.enlisted()),
      write(decision.acknowledged()),
      column(transaction.begun()),
      transaction.timeout().toMillis(),
      decision.attempts(),
      column(decision.nextAttempt()),
      decision.owner(),
      decision.epoch(),
      error(decision.lastError()),
      now,
      now,
      transaction.initiator().log(),
      dialect.time(forgotten(decision))
    };
  }

  @Override
  public Optional<Decision> find(Xid xid) {
    return rows.all(tables.in(FIND), xid.value()).stream().findFirst();
  }

  @Override
  public List<Decision> claimDue(String owner, Instant now, Instant until, int limit) {
    List<Decision> due = rows.readable(selectDue, this::park, column(now), limit);
    List<Object[]> takeovers =
        due.stream()
            .map(d -> new Object[] {owner, column(until), now(), d.xid().value(), d.epoch()})
            .toList();
    int[] taken = jdbc.batchUpdate(tables.in(TAKE), takeovers);
    return IntStream.range(0, taken.length)
        .filter(i -> taken[i] != 0)
        .mapToObj(i -> due.get(i).takenOver(owner, until))
        .toList();
  }

  /** Or else it would be taken again and again. */
  private void park(UnreadableRowException row) {
    jdbc.update(tables.in(PARK), error(row.getMessage()), now(), row.key().get(0));
  }

  @Override
  public boolean update(Decision driven) {
    return jdbc.update(
            tables.in(UPDATE),
            driven.state().name(),
            write(driven.acknowledged()),
            driven.attempts(),
            column(driven.nextAttempt()),
            error(driven.lastError()),
            now(),
            driven.xid().value(),
            driven.epoch())
        == 1;
  }

  @Override
  public int close(Collection<Decision> acknowledged) {
    dialect.commitWithoutWaiting(jdbc);
    LocalDateTime now = now();
    return close.each(
        acknowledged, d -> List.of(write(d.acknowledged()), now, d.epoch()), d -> d.xid().value());
  }

  @Override
  public boolean settle(Decision settled) {
    return jdbc.update(
            tables.in(SETTLE),
            settled.outcome().name(),
            settled.state().name(),
            write(settled.acknowledged()),
            column(settled.nextAttempt()),
            error(settled.lastError()),
            now(),
            settled.xid().value())
        == 1;
  }

  @Override
  public boolean resolve(Xid xid) {
    return jdbc.update(tables.in(RESOLVE), now(), xid.value()) == 1;
  }

  @Override
  public boolean requeue(Xid xid, Instant now) {
    return jdbc.update(tables.in(REQUEUE), column(now), now(), xid.value()) == 1;
  }

  @Override
  public int purge(Instant begunBefore, int limit) {
    dialect.lookUpByIds(jdbc);
    List<Object[]> xids =
        jdbc
            .queryForList(
                selectOld,
                String.class,
                Identifiers.beginning(begunBefore),
                column(begunBefore),
                limit)
            .stream()
            .map(xid -> new Object[] {xid})
            .toList();
    return counted(jdbc.batchUpdate(tables.in(DELETE), xids));
  }

  private LocalDateTime now() {
    return column(clock.instant());
  }

  private static Decision decision(ResultSet row, int number) throws SQLException {
    return new Decision(
        new GlobalTransaction(
            new Xid(text(row, "xid")),
            Site.parse(text(row, "initiator")),
            Times.instant(row, "begun_at"),
            Duration.ofMillis(row.getLong("timeout_ms"))),
        text(row, "name"),
        oneOf(EnumSet.allOf(Outcome.class), row, "outcome"),
        oneOf(EnumSet.allOf(DecisionState.class), row, "state"),
        Enlistment.read(text(row, "enlisted")),
        read(text(row, "acknowledged")),
        text(row, "owner"),
        row.getLong("epoch"),
        row.getInt("attempts"),
        Times.instant(row, "next_attempt"),
        row.getString("last_error"));
  }

  private static String write(Set<Site> sites) {
    return sites.stream().sorted().map(Site::toString).collect(joining(";"));
  }

  private static Set<Site> read(String sites) {
    return sites.isEmpty()
        ? Set.of()
        : Arrays.stream(sites.split(";", -1)).map(Site::parse).collect(toSet());
  }

  /** An error as a column; typed, or else some drivers ask the server for the type of a null. */
  static SqlParameterValue error(@Nullable String text) {
    return new SqlParameterValue(
        Types.VARCHAR, text == null ? null : Abridged.text(text, ERROR_LENGTH));
  }

  /** How many rows a batch changed; a driver may report a change without counting it. */
  static int counted(int[] changes) {
    return Arrays.stream(changes).map(n -> n == Statement.SUCCESS_NO_INFO ? 1 : n).sum();
  }
}
