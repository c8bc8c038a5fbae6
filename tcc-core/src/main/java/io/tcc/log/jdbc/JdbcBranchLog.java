package io.tcc.log.jdbc;

import static io.tcc.log.jdbc.JdbcDecisionLog.counted;
import static io.tcc.log.jdbc.JdbcDecisionLog.error;
import static io.tcc.log.jdbc.RowReader.oneOf;
import static io.tcc.log.jdbc.RowReader.text;
import static io.tcc.log.jdbc.Times.column;
import static java.util.stream.Collectors.joining;

import io.tcc.log.BranchLog;
import io.tcc.transaction.Branch;
import io.tcc.transaction.BranchId;
import io.tcc.transaction.BranchState;
import io.tcc.transaction.CallPath;
import io.tcc.transaction.Fence;
import io.tcc.transaction.GlobalTransaction;
import io.tcc.transaction.Outcome;
import io.tcc.transaction.Site;
import io.tcc.transaction.Xid;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Types;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDateTime;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;
import org.springframework.jdbc.core.JdbcTemplate;
import org.springframework.jdbc.core.SqlParameterValue;

/** The branch log in SQL. */
public final class JdbcBranchLog implements BranchLog {

  /** The row that proves that the initiator's local transaction is still the one it began as. */
  private static final int WITNESS = -1;

  private static final int FENCE = 0;

  private static final Set<BranchState> STATES = EnumSet.allOf(BranchState.class);

  /** The states of branches without an outcome, as SQL. */
  static final String UNDECIDED = states(BranchState::isUndecided);

  private static final String TERMINAL = states(BranchState::isTerminal);

  private static final List<BranchState> CLOSED =
      List.of(Fence.closed(Outcome.COMMIT), Fence.closed(Outcome.ABORT));

  private static final List<String> KEY = List.of("xid", "path", "ordinal");

  private static final Comparator<Branch> ORDER_OF_TRY =
      Comparator.comparing(
          Branch::id, Comparator.comparing(BranchId::path).thenComparing(BranchId::ordinal));

  private static final String COLUMNS =
      """
      insert into tcc_branch (xid, path, ordinal, site, protocol, participant, state, token,
        arguments, initiator, begun_at, timeout_ms, deadline, attempts, next_check, parked,
        created_at, updated_at)
      """;

  private static final String VALUES = "(?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 0, ?, 0, ?, ?)";

  private static final String INSERT = COLUMNS + "values " + VALUES;

  // One statement, so one round trip: a duplicate key takes back both rows.
  private static final String INSERT_FIRST = INSERT + ", " + VALUES;

  // Where a duplicate key would fail the local transaction.
  private static final String INSERT_FIRST_OR_NOTHING =
      "with fence as (%s on conflict do nothing returning xid)\n".formatted(INSERT)
          + COLUMNS
          + "select %s from fence".formatted(VALUES.substring(1, VALUES.length() - 1));

  private static final String LOCK_FENCE =
      """
      select xid, path, ordinal, site, token, state from tcc_branch
      where xid = ? and path = ? and ordinal = 0 for update""";

  static final String LOCK_FENCES =
      """
      select xid, path, ordinal, site, token, state from tcc_branch
      where xid = ? and ordinal = 0 order by path for update""";

  private static final String CARRIES =
      "select 1 from tcc_branch where xid = ? and path = ? and ordinal = ? and token = ?";

  private static final String STORE_RESULT =
      """
      update tcc_branch set result = ?, updated_at = ?
      where xid = ? and path = ? and ordinal = ? and token = ?""";

  private static final String MOVE =
      """
      update tcc_branch set state = ?, updated_at = ?
      where xid = ? and path = ? and ordinal = ? and state = ?""";

  private static final String COMPLETE =
      """
      update tcc_branch set state = ?, token = ?, next_check = null, parked = 0,
        last_error = null, updated_at = ?
      where xid = ? and path = ? and ordinal = ? and state = ?""";

  // Not by the open states: a row of which nothing is known must not be taken for a finished one.
  static final String OPEN =
      "select * from tcc_branch where xid = ? and ordinal > 0 and state not in " + TERMINAL;

  private static final String ALL = "select * from tcc_branch where xid = ? and ordinal > 0";

  static final String DUE =
      "select * from tcc_branch where next_check %s order by next_check limit ?";

  private static final String TAKE =
      """
      update tcc_branch set next_check = ?, attempts = attempts + 1, updated_at = ?
      where xid = ? and path = ? and ordinal = ? and attempts = ? and next_check is not null""";

  private static final String POSTPONE =
      """
      update tcc_branch set next_check = ?, last_error = ?, updated_at = ?
      where xid = ? and path = ? and ordinal = ? and attempts = ? and parked = 0
        and state in %s"""
          .formatted(UNDECIDED);

  private static final String PARK =
      """
      update tcc_branch set parked = 1, next_check = null, last_error = ?, updated_at = ?
      where xid = ? and path = ? and ordinal = ? and attempts = ? and parked = 0
        and state in %s"""
          .formatted(UNDECIDED);

  private static final String PARK_UNREADABLE =
      """
      update tcc_branch set parked = 1, next_check = null, last_error = ?, updated_at = ?
      where xid = ? and path = ? and ordinal = ? and parked = 0""";

  private static final String REQUEUE =
      """
      update tcc_branch set parked = 0, attempts = 0, next_check = ?, updated_at = ?
      where xid = ? and ordinal > 0 and state in %s"""
          .formatted(UNDECIDED);

  // Counted, not "not exists": databases turn that into a join that reads the whole table.
  static final String OLD_CALLS =
      """
      select f.xid, f.path from tcc_branch f
      where f.ordinal = 0 and f.state = ? and f.updated_at < ?
        and (select count(*) from tcc_branch b where b.xid = f.xid and b.path = f.path
          and (b.state not in %1$s or b.updated_at >= ?)) = 0
      limit ?"""
          .formatted(TERMINAL);

  private static final String DELETE_CALL = "delete from tcc_branch where xid = ? and path = ?";

  private static final String DELETE_OF_TOKEN =
      "delete from tcc_branch where xid = ? and path = ? and ordinal = ? and token = ?";

  private static final String COUNT_BRANCHES =
      "select count(*) from tcc_branch where xid = ? and path = ? and ordinal > 0";

  private static final String DELETE_FENCE =
      """
      delete from tcc_branch where xid = ? and path = ? and ordinal = 0
        and state = 'OPEN'""";

  private final JdbcTemplate jdbc;
  private final Tables tables;
  private final Clock clock;
  private final RowReader<Branch> rows;
  private final RowReader<Fence> fences;
  private final InsertThatMayLose insertTombstone;
  private final InsertThatMayLose insertFirst;
  private final String selectDue;

  public JdbcBranchLog(DataSource dataSource, Tables tables, Clock clock) {
    this.jdbc = new JdbcTemplate(dataSource);
    this.tables = tables;
    this.clock = clock;
    this.rows = reader(jdbc, tables);
    this.fences = new RowReader<>(jdbc, tables.in("tcc_branch"), KEY, JdbcBranchLog::fence);
    Dialect dialect = Dialect.of(dataSource);
    this.insertTombstone = new InsertThatMayLose(jdbc, tables.in(INSERT + dialect.orNothing()));
    this.insertFirst =
        new InsertThatMayLose(
            jdbc,
            tables.in(dialect.orNothing().isEmpty() ? INSERT_FIRST : INSERT_FIRST_OR_NOTHING));
    this.selectDue = tables.in(DUE.formatted(dialect.upTo()) + dialect.skipLocked());
  }

  static RowReader<Branch> reader(JdbcTemplate jdbc, Tables tables) {
    return new RowReader<>(jdbc, tables.in("tcc_branch"), KEY, JdbcBranchLog::branch);
  }

  @Override
  public boolean insertFirst(Fence fence, Branch branch, String token) {
    Stream<@Nullable Object> rows =
        Stream.concat(
            Arrays.stream(values(branch.id().xid(), fence, branch.transaction())),
            Arrays.stream(values(branch, token)));
    return insertFirst.wins(rows.toArray());
  }

  @Override
  public boolean insertTombstone(Xid xid, CallPath path, Site site) {
    Fence tombstone = new Fence(path, site, "", Fence.closed(Outcome.ABORT));
    return insertTombstone.wins(values(xid, tombstone, null));
  }

  @Override
  public Optional<Fence> lockFence(Xid xid, CallPath path) {
    return fences.all(tables.in(LOCK_FENCE), xid.value(), path.value()).stream().findFirst();
  }

  @Override
  public List<Fence> lockFences(Xid xid) {
    return fences.all(tables.in(LOCK_FENCES), xid.value());
  }

  @Override
  public void insert(Branch branch, String token) {
    jdbc.update(tables.in(INSERT), values(branch, token));
  }

  private @Nullable Object[] values(Branch branch, String token) {
    return values(
        branch.id().xid(),
        branch.id().path(),
        branch.id().ordinal(),
        branch.site(),
        branch.protocol(),
        branch.participant(),
        branch.state(),
        token,
        branch.arguments(),
        branch.transaction(),
        branch.deadline());
  }

  private @Nullable Object[] values(Xid xid, Fence fence, @Nullable GlobalTransaction transaction) {
    return values(
        xid,
        fence.path(),
        FENCE,
        fence.site(),
        null,
        null,
        fence.state(),
        fence.nonce(),
        null,
        transaction,
        null);
  }

  private @Nullable Object[] values(
      Xid xid,
      CallPath path,
      int ordinal,
      @Nullable Site site,
      @Nullable String protocol,
      @Nullable String participant,
      BranchState state,
      String token,
      @Nullable String arguments,
      @Nullable GlobalTransaction transaction,
      @Nullable Instant deadline) {
    LocalDateTime now = now();
    SqlParameterValue due = OrNull.time(deadline);
    return new @Nullable Object[] {
      xid.value(),
      path.value(),
      ordinal,
      site == null ? "" : site.toString(),
      OrNull.text(protocol),
      OrNull.text(participant),
      state.name(),
      token,
      OrNull.text(arguments),
      OrNull.text(transaction == null ? null : transaction.initiator().toString()),
      OrNull.time(transaction == null ? null : transaction.begun()),
      new SqlParameterValue(
          Types.BIGINT, transaction == null ? null : transaction.timeout().toMillis()),
      due,
      due,
      now,
      now
    };
  }

  @Override
  public boolean carries(BranchId id, String token) {
    return !jdbc.queryForList(
            tables.in(CARRIES), id.xid().value(), id.path().value(), id.ordinal(), token)
        .isEmpty();
  }

  @Override
  public boolean storeResult(BranchId id, String token, String result) {
    return jdbc.update(
            tables.in(STORE_RESULT),
            result,
            now(),
            id.xid().value(),
            id.path().value(),
            id.ordinal(),
            token)
        == 1;
  }

  @Override
  public boolean withdraw(BranchId id, String token) {
    // Nobody records another branch of the call meanwhile.
    lockFence(id.xid(), id.path());
    if (!delete(id.xid(), id.path(), id.ordinal(), token)) {
      return false;
    }
    Integer others =
        jdbc.queryForObject(
            tables.in(COUNT_BRANCHES), Integer.class, id.xid().value(), id.path().value());
    if (others != null && others == 0) {
      jdbc.update(tables.in(DELETE_FENCE), id.xid().value(), id.path().value());
    }
    return true;
  }

  private boolean delete(Xid xid, CallPath path, int ordinal, String token) {
    return jdbc.update(tables.in(DELETE_OF_TOKEN), xid.value(), path.value(), ordinal, token) == 1;
  }

  @Override
  public boolean move(BranchId id, BranchState from, BranchState to) {
    return jdbc.update(
            tables.in(MOVE),
            to.name(),
            now(),
            id.xid().value(),
            id.path().value(),
            id.ordinal(),
            from.name())
        == 1;
  }

  @Override
  public OpenBranches open(Xid xid) {
    List<String> unreadable = new ArrayList<>();
    List<Branch> readable =
        rows.readable(
            tables.in(OPEN),
            row -> {
              park(row);
              unreadable.add(row.getMessage());
            },
            xid.value());
    readable.sort(ORDER_OF_TRY);
    return new OpenBranches(readable, unreadable);
  }

  @Override
  public List<Branch> all(Xid xid) {
    return rows.readable(tables.in(ALL), row -> {}, xid.value()).stream()
        .sorted(ORDER_OF_TRY)
        .toList();
  }

  @Override
  public List<Branch> claimDue(Instant now, Instant until, int limit) {
    List<Branch> due = rows.readable(selectDue, this::park, column(now), limit);
    List<Object[]> takeovers =
        due.stream()
            .map(
                branch ->
                    new Object[] {
                      column(until),
                      now(),
                      branch.id().xid().value(),
                      branch.id().path().value(),
                      branch.id().ordinal(),
                      branch.attempts()
                    })
            .toList();
    int[] taken = jdbc.batchUpdate(tables.in(TAKE), takeovers);
    return IntStream.range(0, taken.length)
        .filter(i -> taken[i] != 0)
        .mapToObj(i -> due.get(i).attempted())
        .toList();
  }

  @Override
  public boolean postpone(Branch branch, Instant nextCheck, String error) {
    BranchId id = branch.id();
    return jdbc.update(
            tables.in(POSTPONE),
            column(nextCheck),
            error(error),
            now(),
            id.xid().value(),
            id.path().value(),
            id.ordinal(),
            branch.attempts())
        == 1;
  }

  @Override
  public boolean park(Branch branch, String error) {
    BranchId id = branch.id();
    return jdbc.update(
            tables.in(PARK),
            error(error),
            now(),
            id.xid().value(),
            id.path().value(),
            id.ordinal(),
            branch.attempts())
        == 1;
  }

  /** Or else it would be taken again and again. */
  private void park(UnreadableRowException row) {
    List<Object> key = row.key();
    jdbc.update(
        tables.in(PARK_UNREADABLE),
        error(row.getMessage()),
        now(),
        key.get(0),
        key.get(1),
        key.get(2));
  }

  @Override
  public int requeue(Xid xid, Instant now) {
    return jdbc.update(tables.in(REQUEUE), column(now), now(), xid.value());
  }

  @Override
  public int purge(Instant changedBefore, int limit) {
    LocalDateTime before = column(changedBefore);
    List<Object[]> calls = new ArrayList<>();
    // Each state for itself: of several, H2 would read all rows, however young.
    for (BranchState closed : CLOSED) {
      calls.addAll(
          jdbc.query(
              tables.in(OLD_CALLS),
              (row, n) -> new Object[] {row.getString("xid"), row.getString("path")},
              closed.name(),
              before,
              before,
              limit - calls.size()));
    }
    return counted(jdbc.batchUpdate(tables.in(DELETE_CALL), calls));
  }

  @Override
  public void insertWitness(Xid xid, String token) {
    jdbc.update(
        tables.in(INSERT),
        values(
            xid,
            CallPath.ROOT,
            WITNESS,
            null,
            null,
            null,
            BranchState.OPEN,
            token,
            null,
            null,
            null));
  }

  @Override
  public boolean deleteWitness(Xid xid, String token) {
    return delete(xid, CallPath.ROOT, WITNESS, token);
  }

  @Override
  public boolean complete(List<Change> changes, String token) {
    LocalDateTime now = now();
    List<Object[]> moves =
        changes.stream()
            .map(
                change ->
                    new Object[] {
                      change.to().name(),
                      token,
                      now,
                      change.id().xid().value(),
                      change.id().path().value(),
                      change.id().ordinal(),
                      change.from().name()
                    })
            .toList();
    return counted(jdbc.batchUpdate(tables.in(COMPLETE), moves)) == changes.size();
  }

  private static String states(Predicate<BranchState> which) {
    return Arrays.stream(BranchState.values())
        .filter(which)
        .map(state -> "'" + state + "'")
        .collect(joining(", ", "(", ")"));
  }

  private LocalDateTime now() {
    return column(clock.instant());
  }

  private static Fence fence(ResultSet row, int number) throws SQLException {
    return new Fence(
        new CallPath(text(row, "path")),
        Site.parse(text(row, "site")),
        text(row, "token"),
        oneOf(STATES, row, "state"));
  }

  private static Branch branch(ResultSet row, int number) throws SQLException {
    Xid xid = new Xid(text(row, "xid"));
    return new Branch(
        new BranchId(xid, new CallPath(text(row, "path")), row.getInt("ordinal")),
        new GlobalTransaction(
            xid,
            Site.parse(text(row, "initiator")),
            Times.instant(row, "begun_at"),
            Duration.ofMillis(row.getLong("timeout_ms"))),
        Site.parse(text(row, "site")),
        text(row, "participant"),
        text(row, "protocol"),
        oneOf(STATES, row, "state"),
        text(row, "arguments"),
        row.getString("result"),
        Times.instant(row, "deadline"),
        row.getInt("attempts"),
        row.getInt("parked") == 1,
        row.getString("last_error"));
  }
}
