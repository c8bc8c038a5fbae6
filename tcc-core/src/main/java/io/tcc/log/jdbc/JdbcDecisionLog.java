package io.tcc.log.jdbc;

import static io.tcc.log.jdbc.Times.column;
import static java.util.stream.Collectors.joining;
import static java.util.stream.Collectors.toSet;

import io.tcc.log.DecisionLog;
import io.tcc.transaction.Abridged;
import io.tcc.transaction.Decision;
import io.tcc.transaction.DecisionState;
import io.tcc.transaction.Enlistment;
import io.tcc.transaction.GlobalTransaction;
import io.tcc.transaction.Outcome;
import io.tcc.transaction.Site;
import io.tcc.transaction.Xid;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDateTime;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;
import org.springframework.dao.DuplicateKeyException;
import org.springframework.jdbc.core.JdbcTemplate;

/** The decision log in SQL. */
public final class JdbcDecisionLog implements DecisionLog {

  /** Longest error text that a row keeps, in characters. */
  static final int ERROR_LENGTH = 1000;

  private static final String INSERT =
      """
      insert into tcc_decision (xid, name, outcome, state, initiator, enlisted, acknowledged,
        begun_at, timeout_ms, attempts, next_attempt, owner, epoch, last_error, created_at, updated_at)
      values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)""";

  private static final String FIND = "select * from tcc_decision where xid = ?";

  private static final String DUE =
      """
      select * from tcc_decision where state = 'DRIVING' and next_attempt <= ?
      order by next_attempt limit ?""";

  private static final String TAKE =
      """
      update tcc_decision set owner = ?, epoch = epoch + 1, next_attempt = ?, updated_at = ?
      where xid = ? and epoch = ? and state = 'DRIVING'""";

  private static final String UPDATE =
      """
      update tcc_decision set state = ?, acknowledged = ?, attempts = ?, next_attempt = ?,
        last_error = ?, updated_at = ?
      where xid = ? and epoch = ? and state = 'DRIVING'""";

  private static final String REQUEUE =
      """
      update tcc_decision set state = 'DRIVING', attempts = 0, next_attempt = ?, epoch = epoch + 1,
        updated_at = ?
      where xid = ? and state <> 'DONE'""";

  private static final String PARKED =
      "select * from tcc_decision where state = 'PARKED' order by next_attempt limit ?";

  private static final String OLD =
      "select xid from tcc_decision where state = 'DONE' and begun_at < ? order by begun_at limit ?";

  private static final String DELETE = "delete from tcc_decision where xid = ? and state = 'DONE'";

  private final JdbcTemplate jdbc;
  private final Tables tables;
  private final Clock clock;
  private final String insertOrNothing;

  public JdbcDecisionLog(DataSource dataSource, Tables tables, Clock clock) {
    this.jdbc = new JdbcTemplate(dataSource);
    this.tables = tables;
    this.clock = clock;
    this.insertOrNothing = tables.in(INSERT + Dialect.of(dataSource).orNothing());
  }

  @Override
  public boolean insert(Decision decision) {
    LocalDateTime now = now();
    try {
      return jdbc.update(
              insertOrNothing,
              decision.xid().value(),
              decision.name(),
              decision.outcome().name(),
              decision.state().name(),
              decision.transaction().initiator().toString(),
              Enlistment.write(decision.enlisted()),
              write(decision.acknowledged()),
              column(decision.transaction().begun()),
              decision.transaction().timeout().toMillis(),
              decision.attempts(),
              column(decision.nextAttempt()),
              decision.owner(),
              decision.epoch(),
              error(decision.lastError()),
              now,
              now)
          == 1;
    } catch (DuplicateKeyException e) {
      return false;
    }
  }

  @Override
  public Optional<Decision> find(Xid xid) {
    return jdbc.query(tables.in(FIND), this::decision, xid.value()).stream().findFirst();
  }

  @Override
  public List<Decision> claimDue(String owner, Instant now, Instant until, int limit) {
    return jdbc.query(tables.in(DUE), this::decision, column(now), limit).stream()
        .filter(
            d ->
                jdbc.update(
                        tables.in(TAKE), owner, column(until), now(), d.xid().value(), d.epoch())
                    == 1)
        .map(d -> d.takenOver(owner, until))
        .toList();
  }

  @Override
  public int update(Collection<Decision> decisions) {
    LocalDateTime now = now();
    List<Object[]> rows =
        decisions.stream()
            .map(
                d ->
                    new @Nullable Object[] {
                      d.state().name(),
                      write(d.acknowledged()),
                      d.attempts(),
                      column(d.nextAttempt()),
                      error(d.lastError()),
                      now,
                      d.xid().value(),
                      d.epoch()
                    })
            .toList();
    return Arrays.stream(jdbc.batchUpdate(tables.in(UPDATE), rows)).sum();
  }

  @Override
  public boolean requeue(Xid xid, Instant now) {
    return jdbc.update(tables.in(REQUEUE), column(now), now(), xid.value()) == 1;
  }

  @Override
  public List<Decision> parked(int limit) {
    return jdbc.query(tables.in(PARKED), this::decision, limit);
  }

  @Override
  public int purge(Instant begunBefore, int limit) {
    List<Object[]> old =
        jdbc.queryForList(tables.in(OLD), String.class, column(begunBefore), limit).stream()
            .map(xid -> new Object[] {xid})
            .toList();
    return Arrays.stream(jdbc.batchUpdate(tables.in(DELETE), old)).sum();
  }

  private LocalDateTime now() {
    return column(clock.instant());
  }

  private Decision decision(ResultSet row, int number) throws SQLException {
    return decision(row, tables);
  }

  static Decision decision(ResultSet row, Tables tables) throws SQLException {
    String xid = row.getString("xid");
    try {
      return new Decision(
          new GlobalTransaction(
              new Xid(xid),
              Site.parse(row.getString("initiator")),
              Times.instant(row, "begun_at"),
              Duration.ofMillis(row.getLong("timeout_ms"))),
          row.getString("name"),
          Outcome.valueOf(row.getString("outcome")),
          DecisionState.valueOf(row.getString("state")),
          Enlistment.read(row.getString("enlisted")),
          read(row.getString("acknowledged")),
          row.getString("owner"),
          row.getLong("epoch"),
          row.getInt("attempts"),
          Times.instant(row, "next_attempt"),
          row.getString("last_error"));
    } catch (IllegalArgumentException e) {
      throw new IllegalStateException(
          "Row " + xid + " of " + tables.in("tcc_decision") + " is not readable: " + e.getMessage(),
          e);
    }
  }

  private static String write(Set<Site> sites) {
    return sites.stream().sorted().map(Site::toString).collect(joining(";"));
  }

  private static Set<Site> read(String sites) {
    return sites.isEmpty()
        ? Set.of()
        : Arrays.stream(sites.split(";", -1)).map(Site::parse).collect(toSet());
  }

  static @Nullable String error(@Nullable String text) {
    return text == null ? null : Abridged.text(text, ERROR_LENGTH);
  }
}
