package io.tcc.log.jdbc;

import static io.tcc.log.jdbc.JdbcDecisionLog.error;
import static io.tcc.log.jdbc.RowReader.oneOf;
import static io.tcc.log.jdbc.RowReader.text;
import static io.tcc.log.jdbc.Times.column;
import static io.tcc.log.jdbc.Times.columnOrNull;
import static java.util.stream.Collectors.joining;
import static java.util.stream.Collectors.toCollection;

import io.tcc.log.MemberLog;
import io.tcc.transaction.BranchState;
import io.tcc.transaction.CallPath;
import io.tcc.transaction.GlobalTransaction;
import io.tcc.transaction.Member;
import io.tcc.transaction.Member.Asked;
import io.tcc.transaction.Member.Cause;
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
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.stream.Stream;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;
import org.springframework.jdbc.core.JdbcTemplate;
import org.springframework.jdbc.core.SqlParameterValue;

/** The member log in SQL. */
public final class JdbcMemberLog implements MemberLog {

  private static final Set<BranchState> STATES =
      EnumSet.of(
          BranchState.READY, BranchState.PRE_COMMITTED, BranchState.COMMITTED, BranchState.ABORTED);

  private static final String INSERT =
      """
      insert into tcc_member (xid, site, state, cause, epoch, initiator, begun_at, timeout_ms, paths,
        peers, asked, diverged, attempts, next_check, last_error, changed_at, updated_at)
      values (?, ?, ?, null, ?, ?, ?, ?, ?, ?, ?, 0, 0, ?, null, ?, ?)""";

  private static final String FIND = "select * from tcc_member where xid = ?";

  private static final String LOCK = "select * from tcc_member where xid = ? for update";

  private static final String TELL_PEERS =
      """
      update tcc_member set paths = ?, peers = ?, next_check = ?, updated_at = ?
      where xid = ? and state = 'READY'""";

  private static final String PRE_COMMIT =
      """
      update tcc_member set state = 'PRE_COMMITTED', epoch = ?, asked = '', attempts = 0,
        next_check = ?, last_error = null, changed_at = ?, updated_at = ?
      where xid = ? and state = 'READY' and epoch <= ?""";

  private static final String TAKE_PART =
      """
      update tcc_member set epoch = ?, asked = ?, updated_at = ?
      where xid = ? and epoch = ? and state in ('READY', 'PRE_COMMITTED')""";

  private static final String COMPLETE =
      """
      update tcc_member set state = ?, cause = ?, attempts = 0, next_check = ?, last_error = null,
        changed_at = ?, updated_at = ?
      where xid = ? and state in ('READY', 'PRE_COMMITTED')""";

  private static final String COMPLETE_IN_EPOCH = COMPLETE + " and epoch = ?";

  private static final String SETTLE =
      "update tcc_member set next_check = null, last_error = ?, updated_at = ? where xid = ?";

  private static final String DIVERGE =
      """
      update tcc_member set diverged = 1, next_check = null, last_error = ?, updated_at = ?
      where xid = ? and diverged = 0""";

  private static final String RESOLVE =
      """
      update tcc_member set diverged = 0, next_check = null, updated_at = ?
      where xid = ? and diverged = 1""";

  static final String DUE =
      "select * from tcc_member where next_check %s order by next_check limit ?";

  private static final String TAKE =
      """
      update tcc_member set next_check = ?, attempts = attempts + 1, updated_at = ?
      where xid = ? and next_check = ?""";

  private static final String POSTPONE =
      """
      update tcc_member set next_check = ?, last_error = ?, updated_at = ?
      where xid = ? and next_check is not null""";

  private static final String DIVERGED =
      "select * from tcc_member where diverged = 1 order by changed_at limit ?";

  static final String OLD =
      """
      select xid from tcc_member
      where state = ? and updated_at < ? and diverged = 0 and next_check is null
      order by state, updated_at limit ?""";

  private static final String DELETE =
      """
      delete from tcc_member
      where xid = ? and state = ? and diverged = 0 and next_check is null""";

  private final JdbcTemplate jdbc;
  private final Tables tables;
  private final Clock clock;
  private final RowReader<Member> rows;
  private final InsertThatMayLose insert;
  private final FinishedRows<BranchState> finished;
  private final String selectDue;

  public JdbcMemberLog(DataSource dataSource, Tables tables, Clock clock) {
    this.jdbc = new JdbcTemplate(dataSource);
    this.tables = tables;
    this.clock = clock;
    this.rows =
        new RowReader<>(jdbc, tables.in("tcc_member"), List.of("xid"), JdbcMemberLog::member);
    Dialect dialect = Dialect.of(dataSource);
    this.insert = new InsertThatMayLose(jdbc, tables.in(INSERT + dialect.orNothing()));
    this.selectDue = tables.in(DUE.formatted(dialect.upTo()));
    this.finished =
        new FinishedRows<>(
            jdbc,
            tables.in(OLD),
            tables.in(DELETE),
            List.of(BranchState.COMMITTED, BranchState.ABORTED));
  }

  @Override
  public boolean insert(Member member) {
    GlobalTransaction transaction = member.transaction();
    return insert.wins(
        member.xid().value(),
        member.site().toString(),
        member.state().name(),
        member.epoch(),
        transaction.initiator().toString(),
        column(transaction.begun()),
        transaction.timeout().toMillis(),
        writePaths(member.paths()),
        writeSites(member.peers()),
        writeAsked(member.asked()),
        OrNull.time(member.nextCheck()),
        column(member.changed()),
        now());
  }

  @Override
  public Optional<Member> find(Xid xid) {
    return rows.all(tables.in(FIND), xid.value()).stream().findFirst();
  }

  @Override
  public Optional<Member> lock(Xid xid) {
    return rows.all(tables.in(LOCK), xid.value()).stream().findFirst();
  }

  @Override
  public boolean tellPeers(
      Xid xid, Set<CallPath> paths, Collection<Site> peers, Instant nextCheck) {
    return changed(
        TELL_PEERS, writePaths(paths), writeSites(peers), column(nextCheck), now(), xid.value());
  }

  @Override
  public boolean preCommit(Xid xid, long epoch, Instant nextCheck) {
    return changed(PRE_COMMIT, epoch, column(nextCheck), now(), now(), xid.value(), epoch);
  }

  @Override
  public boolean takePart(Xid xid, long from, long to, List<Asked> asked) {
    return changed(TAKE_PART, to, writeAsked(asked), now(), xid.value(), from);
  }

  @Override
  public boolean complete(
      Xid xid, @Nullable Long epoch, BranchState to, Cause cause, @Nullable Instant nextCheck) {
    SqlParameterValue next = OrNull.time(nextCheck);
    return epoch == null
        ? changed(COMPLETE, to.name(), cause.name(), next, now(), now(), xid.value())
        : changed(
            COMPLETE_IN_EPOCH, to.name(), cause.name(), next, now(), now(), xid.value(), epoch);
  }

  @Override
  public void settle(Xid xid, @Nullable String error) {
    changed(SETTLE, error(error), now(), xid.value());
  }

  @Override
  public boolean diverge(Xid xid, String error) {
    return changed(DIVERGE, error(error), now(), xid.value());
  }

  @Override
  public boolean resolve(Xid xid) {
    return changed(RESOLVE, now(), xid.value());
  }

  @Override
  public List<Member> claimDue(Instant now, Instant until, int limit) {
    return rows.readable(selectDue, row -> {}, column(now), limit).stream()
        .filter(
            due ->
                changed(
                    TAKE, column(until), now(), due.xid().value(), columnOrNull(due.nextCheck())))
        .toList();
  }

  @Override
  public void postpone(Xid xid, Instant nextCheck, String error) {
    changed(POSTPONE, column(nextCheck), error(error), now(), xid.value());
  }

  @Override
  public List<Member> diverged(int limit) {
    return rows.readable(tables.in(DIVERGED), row -> {}, limit);
  }

  @Override
  public int purge(Instant changedBefore, int limit) {
    return finished.purge(changedBefore, limit);
  }

  private boolean changed(String sql, @Nullable Object... arguments) {
    return jdbc.update(tables.in(sql), arguments) == 1;
  }

  private LocalDateTime now() {
    return column(clock.instant());
  }

  private static Member member(ResultSet row, int number) throws SQLException {
    String cause = row.getString("cause");
    return new Member(
        new GlobalTransaction(
            new Xid(text(row, "xid")),
            Site.parse(text(row, "initiator")),
            Times.instant(row, "begun_at"),
            Duration.ofMillis(row.getLong("timeout_ms"))),
        Site.parse(text(row, "site")),
        oneOf(STATES, row, "state"),
        cause == null ? null : oneOf(EnumSet.allOf(Cause.class), row, "cause"),
        row.getLong("epoch"),
        readPaths(text(row, "paths")),
        parts(text(row, "peers")).map(Site::parse).toList(),
        parts(text(row, "asked")).map(JdbcMemberLog::readAsked).toList(),
        row.getInt("diverged") == 1,
        row.getInt("attempts"),
        Times.instantOrNull(row, "next_check"),
        Times.instant(row, "changed_at"),
        row.getString("last_error"));
  }

  private static String writePaths(Collection<CallPath> paths) {
    return paths.stream().map(CallPath::value).collect(joining(";"));
  }

  private static SortedSet<CallPath> readPaths(String text) {
    return parts(text).map(CallPath::new).collect(toCollection(TreeSet::new));
  }

  private static String writeSites(Collection<Site> sites) {
    return sites.stream().map(Site::toString).collect(joining(";"));
  }

  private static String writeAsked(List<Asked> asked) {
    return asked.stream().map(each -> each.by() + "=" + each.state()).collect(joining(";"));
  }

  private static Asked readAsked(String text) {
    int equals = text.indexOf('=');
    return new Asked(
        Site.parse(text.substring(0, equals)), BranchState.valueOf(text.substring(equals + 1)));
  }

  private static Stream<String> parts(String text) {
    return text.isEmpty() ? Stream.empty() : Arrays.stream(text.split(";", -1));
  }
}
