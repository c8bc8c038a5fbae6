package io.tcc.log.jdbc;

import static io.tcc.log.jdbc.JdbcDecisionLog.error;
import static io.tcc.log.jdbc.Times.column;
import static io.tcc.log.jdbc.Times.columnOrNull;
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
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDateTime;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;
import org.springframework.dao.DuplicateKeyException;
import org.springframework.jdbc.core.JdbcTemplate;

/** The branch log in SQL. */
public final class JdbcBranchLog implements BranchLog {

  /** The row that proves that the initiator's local transaction is still the one it began as. */
  private static final int WITNESS = -1;

  private static final int FENCE = 0;

  /** The states of branches without an outcome, as SQL. */
  static final String UNDECIDED = states(BranchState::isUndecided);

  private static final Comparator<BranchId> ORDER_OF_TRY =
      Comparator.comparing(BranchId::path).thenComparing(BranchId::ordinal);

  private static final String INSERT =
      """
      insert into tcc_branch (xid, path, ordinal, protocol, participant, state, token, arguments,
        initiator, begun_at, timeout_ms, deadline, attempts, next_check, parked,
        created_at, updated_at)
      values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 0, ?, 0, ?, ?)""";

  private static final String LOCK_FENCE =
      """
      select path, token, state from tcc_branch where xid = ? and path = ? and ordinal = 0
      for update""";

  private static final String LOCK_FENCES =
      """
      select path, token, state from tcc_branch where xid = ? and ordinal = 0
      order by path for update""";

  private static final String CARRIES =
      "select count(*) from tcc_branch where xid = ? and path = ? and ordinal = ? and token = ?";

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
      update tcc_branch set state = ?, next_check = null, parked = 0, last_error = null,
        updated_at = ?
      where xid = ? and path = ? and ordinal = ? and state = ?""";

  private static final String OPEN =
      "select * from tcc_branch where xid = ? and ordinal > 0 and state in " + UNDECIDED;

  private static final String ALL = "select * from tcc_branch where xid = ? and ordinal > 0";

  private static final String DUE =
      "select * from tcc_branch where next_check <= ? order by next_check limit ?";

  private static final String TAKE =
      """
      update tcc_branch set next_check = ?, attempts = attempts + 1, updated_at = ?
      where xid = ? and path = ? and ordinal = ? and next_check = ?""";

  private static final String POSTPONE =
      """
      update tcc_branch set next_check = ?, last_error = ?, updated_at = ?
      where xid = ? and path = ? and ordinal = ? and state in %s"""
          .formatted(UNDECIDED);

  private static final String PARK =
      """
      update tcc_branch set parked = 1, next_check = null, last_error = ?, updated_at = ?
      where xid = ? and path = ? and ordinal = ? and parked = 0 and state in %s"""
          .formatted(UNDECIDED);

  private static final String REQUEUE =
      """
      update tcc_branch set parked = 0, attempts = 0, next_check = ?, updated_at = ?
      where xid = ? and ordinal > 0 and state in %s"""
          .formatted(UNDECIDED);

  private static final String PARKED =
      "select * from tcc_branch where parked = 1 order by updated_at limit ?";

  private static final String OLD_CALLS =
      """
      select f.xid, f.path from tcc_branch f
      where f.ordinal = 0 and f.state in %1$s and f.updated_at < ?
        and not exists (select 1 from tcc_branch b where b.xid = f.xid and b.path = f.path
          and (b.state not in %1$s or b.updated_at >= ?))
      order by f.updated_at limit ?"""
          .formatted(states(BranchState::isTerminal));

  private static final String DELETE_CALL = "delete from tcc_branch where xid = ? and path = ?";

  private static final String DELETE_WITNESS =
      "delete from tcc_branch where xid = ? and path = ? and ordinal = ? and token = ?";

  private static final String COMPLETE_UNDER_TOKEN =
      """
      update tcc_branch set state = ?, token = ?, next_check = null, parked = 0,
        last_error = null, updated_at = ?
      where xid = ? and path = ? and ordinal = ? and state = ?""";

  private final JdbcTemplate jdbc;
  private final Tables tables;
  private final Clock clock;
  private final String insertOrNothing;

  public JdbcBranchLog(DataSource dataSource, Tables tables, Clock clock) {
    this.jdbc = new JdbcTemplate(dataSource);
    this.tables = tables;
    this.clock = clock;
    this.insertOrNothing = tables.in(INSERT + Dialect.of(dataSource).orNothing());
  }

  @Override
  public boolean insertFence(GlobalTransaction transaction, Fence fence) {
    return insertUnlessThere(transaction, transaction.xid(), fence);
  }

  @Override
  public boolean insertTombstone(Xid xid, CallPath path) {
    return insertUnlessThere(null, xid, new Fence(path, "", Fence.closed(Outcome.ABORT)));
  }

  private boolean insertUnlessThere(@Nullable GlobalTransaction transaction, Xid xid, Fence fence) {
    BranchId id = new BranchId(xid, fence.path(), FENCE);
    try {
      return jdbc.update(
              insertOrNothing,
              values(id, null, null, fence.state(), fence.nonce(), null, transaction, null))
          == 1;
    } catch (DuplicateKeyException e) {
      return false;
    }
  }

  @Override
  public Optional<Fence> lockFence(Xid xid, CallPath path) {
    return jdbc
        .query(tables.in(LOCK_FENCE), JdbcBranchLog::fence, xid.value(), path.value())
        .stream()
        .findFirst();
  }

  @Override
  public List<Fence> lockFences(Xid xid) {
    return jdbc.query(tables.in(LOCK_FENCES), JdbcBranchLog::fence, xid.value());
  }

  @Override
  public boolean closeFence(Xid xid, CallPath path, BranchState to) {
    return changeState(COMPLETE, new BranchId(xid, path, FENCE), BranchState.OPEN, to);
  }

  @Override
  public void insert(Branch branch, String token) {
    jdbc.update(
        tables.in(INSERT),
        values(
            branch.id(),
            branch.protocol(),
            branch.participant(),
            branch.state(),
            token,
            branch.arguments(),
            branch.transaction(),
            branch.deadline()));
  }

  private @Nullable Object[] values(
      BranchId id,
      @Nullable String protocol,
      @Nullable String participant,
      BranchState state,
      String token,
      @Nullable String arguments,
      @Nullable GlobalTransaction transaction,
      @Nullable Instant deadline) {
    LocalDateTime now = now();
    return new @Nullable Object[] {
      id.xid().value(),
      id.path().value(),
      id.ordinal(),
      protocol,
      participant,
      state.name(),
      token,
      arguments,
      transaction == null ? null : transaction.initiator().toString(),
      transaction == null ? null : column(transaction.begun()),
      transaction == null ? null : transaction.timeout().toMillis(),
      columnOrNull(deadline),
      columnOrNull(deadline),
      now,
      now
    };
  }

  @Override
  public boolean carries(BranchId id, String token) {
    Integer count =
        jdbc.queryForObject(
            tables.in(CARRIES),
            Integer.class,
            id.xid().value(),
            id.path().value(),
            id.ordinal(),
            token);
    return count != null && count == 1;
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
  public boolean move(BranchId id, BranchState from, BranchState to) {
    return changeState(to.isTerminal() ? COMPLETE : MOVE, id, from, to);
  }

  private boolean changeState(String sql, BranchId id, BranchState from, BranchState to) {
    return jdbc.update(
            tables.in(sql),
            to.name(),
            now(),
            id.xid().value(),
            id.path().value(),
            id.ordinal(),
            from.name())
        == 1;
  }

  @Override
  public List<Branch> open(Xid xid) {
    return inOrderOfTry(OPEN, xid);
  }

  @Override
  public List<Branch> all(Xid xid) {
    return inOrderOfTry(ALL, xid);
  }

  private List<Branch> inOrderOfTry(String sql, Xid xid) {
    return jdbc.query(tables.in(sql), this::branch, xid.value()).stream()
        .sorted(Comparator.comparing(Branch::id, ORDER_OF_TRY))
        .toList();
  }

  @Override
  public List<Branch> claimDue(Instant now, Instant until, int limit) {
    record Due(Branch branch, LocalDateTime since) {}
    return jdbc
        .query(
            tables.in(DUE),
            (row, n) -> new Due(branch(row, n), row.getObject("next_check", LocalDateTime.class)),
            column(now),
            limit)
        .stream()
        .filter(
            due ->
                jdbc.update(
                        tables.in(TAKE),
                        column(until),
                        now(),
                        due.branch().id().xid().value(),
                        due.branch().id().path().value(),
                        due.branch().id().ordinal(),
                        due.since())
                    == 1)
        .map(due -> due.branch().attempted())
        .toList();
  }

  @Override
  public void postpone(BranchId id, @Nullable Instant nextCheck, String error) {
    jdbc.update(
        tables.in(POSTPONE),
        columnOrNull(nextCheck),
        error(error),
        now(),
        id.xid().value(),
        id.path().value(),
        id.ordinal());
  }

  @Override
  public boolean park(BranchId id, String error) {
    return jdbc.update(
            tables.in(PARK), error(error), now(), id.xid().value(), id.path().value(), id.ordinal())
        == 1;
  }

  @Override
  public int requeue(Xid xid, Instant now) {
    return jdbc.update(tables.in(REQUEUE), column(now), now(), xid.value());
  }

  @Override
  public List<Branch> parked(int limit) {
    return jdbc.query(tables.in(PARKED), this::branch, limit);
  }

  @Override
  public int purge(Instant changedBefore, int limit) {
    LocalDateTime before = column(changedBefore);
    List<Object[]> calls =
        jdbc.query(
            tables.in(OLD_CALLS),
            (row, n) -> new Object[] {row.getString("xid"), row.getString("path")},
            before,
            before,
            limit);
    return Arrays.stream(jdbc.batchUpdate(tables.in(DELETE_CALL), calls)).sum();
  }

  @Override
  public void insertWitness(Xid xid, String token) {
    LocalDateTime now = now();
    jdbc.update(
        tables.in(INSERT),
        xid.value(),
        CallPath.ROOT.value(),
        WITNESS,
        null,
        null,
        BranchState.OPEN.name(),
        token,
        null,
        null,
        null,
        null,
        null,
        null,
        now,
        now);
  }

  @Override
  public boolean deleteWitness(Xid xid, String token) {
    return jdbc.update(
            tables.in(DELETE_WITNESS), xid.value(), CallPath.ROOT.value(), WITNESS, token)
        == 1;
  }

  @Override
  public boolean complete(BranchId id, BranchState from, BranchState to, String token) {
    return jdbc.update(
            tables.in(COMPLETE_UNDER_TOKEN),
            to.name(),
            token,
            now(),
            id.xid().value(),
            id.path().value(),
            id.ordinal(),
            from.name())
        == 1;
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
        new CallPath(row.getString("path")),
        row.getString("token"),
        BranchState.valueOf(row.getString("state")));
  }

  private Branch branch(ResultSet row, int number) throws SQLException {
    return branch(row, tables);
  }

  static Branch branch(ResultSet row, Tables tables) throws SQLException {
    String key = row.getString("xid") + "/" + row.getString("path") + "/" + row.getInt("ordinal");
    try {
      Xid xid = new Xid(row.getString("xid"));
      return new Branch(
          new BranchId(xid, new CallPath(row.getString("path")), row.getInt("ordinal")),
          new GlobalTransaction(
              xid,
              Site.parse(row.getString("initiator")),
              Times.instant(row, "begun_at"),
              Duration.ofMillis(row.getLong("timeout_ms"))),
          row.getString("participant"),
          row.getString("protocol"),
          BranchState.valueOf(row.getString("state")),
          row.getString("arguments"),
          row.getString("result"),
          Times.instant(row, "deadline"),
          row.getInt("attempts"),
          row.getInt("parked") == 1,
          row.getString("last_error"));
    } catch (IllegalArgumentException e) {
      throw new IllegalStateException(
          "Row " + key + " of " + tables.in("tcc_branch") + " is not readable: " + e.getMessage(),
          e);
    }
  }
}
