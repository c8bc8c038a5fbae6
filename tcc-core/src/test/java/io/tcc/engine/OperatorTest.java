package io.tcc.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tcc.cluster.MovableClock;
import io.tcc.log.AuditLog;
import io.tcc.log.Backlog;
import io.tcc.log.BranchLog.Change;
import io.tcc.log.jdbc.JdbcAuditLog;
import io.tcc.log.jdbc.JdbcBacklog;
import io.tcc.log.jdbc.JdbcBranchLog;
import io.tcc.log.jdbc.JdbcDecisionLog;
import io.tcc.log.jdbc.JdbcIdentityLog;
import io.tcc.log.jdbc.JdbcMemberLog;
import io.tcc.log.jdbc.Schema;
import io.tcc.log.jdbc.SpringLocalTransactions;
import io.tcc.log.jdbc.Tables;
import io.tcc.testing.Database;
import io.tcc.testing.EveryDatabase;
import io.tcc.transaction.AuditEntry;
import io.tcc.transaction.Backoff;
import io.tcc.transaction.Branch;
import io.tcc.transaction.BranchId;
import io.tcc.transaction.BranchState;
import io.tcc.transaction.CallPath;
import io.tcc.transaction.Decision;
import io.tcc.transaction.DecisionState;
import io.tcc.transaction.Enlistment;
import io.tcc.transaction.Fence;
import io.tcc.transaction.GlobalTransaction;
import io.tcc.transaction.Instance;
import io.tcc.transaction.Outcome;
import io.tcc.transaction.Site;
import io.tcc.transaction.Xid;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.UUID;
import org.junit.jupiter.api.BeforeEach;
import org.springframework.jdbc.core.JdbcTemplate;
import org.springframework.jdbc.support.JdbcTransactionManager;

/** What operators see and do. */
class OperatorTest {

  private static final Instant BEGUN = Instant.parse("2026-03-01T10:00:00Z");
  private static final Site HERE = new Site("order", "aa");
  private static final Site INVENTORY = new Site("inventory", "bb");
  private static final Xid PARKED = new Xid("a".repeat(32));
  private static final Xid DRIVEN = new Xid("b".repeat(32));
  private static final Xid DONE = new Xid("c".repeat(32));

  private final MovableClock clock = new MovableClock(BEGUN.plusSeconds(60));
  private final Instance instance =
      new Instance(HERE, "order-1", clock, () -> UUID.randomUUID().toString().replace("-", ""));
  private final Limits limits =
      new Limits(
          Duration.ofSeconds(5),
          Duration.ofSeconds(5),
          Duration.ofSeconds(30),
          new Backoff(Duration.ofSeconds(1), 2, Duration.ofMinutes(1), 3),
          10,
          Duration.ofDays(7));

  private JdbcDecisionLog decisions;
  private JdbcBranchLog branches;
  private JdbcMemberLog members;
  private SpringLocalTransactions local;
  private JdbcTemplate sql;
  private AuditLog audit;
  private Operator operator;

  @BeforeEach
  void rows(Database database) {
    Tables tables = Tables.withDefaultPrefix();
    Schema schema = new Schema(database.dataSource(), tables);
    schema.create();
    schema.logId(HERE::log, clock);
    decisions = new JdbcDecisionLog(database.dataSource(), tables, clock, Duration.ofDays(36_500));
    branches = new JdbcBranchLog(database.dataSource(), tables, clock);
    members = new JdbcMemberLog(database.dataSource(), tables, clock);
    audit = new JdbcAuditLog(database.dataSource(), tables);
    local =
        new SpringLocalTransactions(
            new JdbcTransactionManager(database.dataSource()), database.dataSource());
    sql = new JdbcTemplate(database.dataSource());
    Backlog backlog = new JdbcBacklog(database.dataSource(), tables);
    JdbcIdentityLog identities = new JdbcIdentityLog(database.dataSource(), tables);
    operator =
        new Operator(
            instance, decisions, branches, members, backlog, audit, identities, local, limits);
    insert(decision(PARKED, Outcome.COMMIT).parked("inventory: connection refused"));
    insert(decision(DRIVEN, Outcome.ABORT).postponed(clock.instant().plusSeconds(7), "no answer"));
    insert(decision(DONE, Outcome.COMMIT).acknowledgedBy(List.of(INVENTORY)));
    insert(branch(PARKED, BranchState.TRIED));
    insert(branch(DRIVEN, BranchState.TRYING));
    insert(branch(DONE, BranchState.TRIED));
    branches.park(branch(PARKED, BranchState.TRIED), "the account is closed");
    BranchId done = branch(DONE, BranchState.TRIED).id();
    branches.complete(List.of(new Change(done, BranchState.TRIED, BranchState.CONFIRMED)), "token");
  }

  @EveryDatabase
  void countsWhatIsNotFinished() {
    assertThat(operator.size()).isEqualTo(new Backlog.Size(1, 1, 1, 1));
  }

  @EveryDatabase
  void listsWhatWaitsForAnOperatorApartFromWhatIsUnderWay() {
    assertThat(operator.parked(10).decisions()).extracting(Decision::xid).containsExactly(PARKED);
    assertThat(operator.parked(10).branches())
        .extracting(b -> b.id().xid())
        .containsExactly(PARKED);
    assertThat(operator.open(10).decisions()).extracting(Decision::xid).containsExactly(DRIVEN);
    assertThat(operator.open(10).branches()).extracting(b -> b.id().xid()).containsExactly(DRIVEN);
  }

  @EveryDatabase
  void listsNoMoreThanAskedFor() {
    insert(decision(new Xid("d".repeat(32)), Outcome.COMMIT).parked("too"));
    assertThat(operator.parked(1).decisions()).hasSize(1);
    assertThatThrownBy(() -> operator.parked(0)).isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> operator.parked(100_000)).isInstanceOf(IllegalArgumentException.class);
  }

  @EveryDatabase
  void retryGivesTheTransactionAndItsBranchesBackToRecovery() {
    assertThat(operator.retry(PARKED, "jane", "inventory is up again"))
        .isEqualTo(new Operator.Retried(true, 1));

    Decision decision = decisions.find(PARKED).orElseThrow();
    assertThat(decision.state()).isEqualTo(DecisionState.DRIVING);
    assertThat(decision.outcome()).isEqualTo(Outcome.COMMIT);
    assertThat(decision.attempts()).isZero();
    Instant now = clock.instant();
    assertThat(decisions.claimDue("order-2", now, now.plusSeconds(30), 10))
        .extracting(Decision::xid)
        .containsExactly(PARKED);
    assertThat(branches.claimDue(now, now.plusSeconds(30), 10))
        .filteredOn(branch -> branch.id().xid().equals(PARKED))
        .singleElement()
        .satisfies(branch -> assertThat(branch.parked()).isFalse());
  }

  @EveryDatabase
  void retryIsNotedWithWhoDidItWhyAndWhen() {
    operator.retry(PARKED, "jane", "inventory is up again");

    assertThat(operator.find(PARKED).actions())
        .singleElement()
        .satisfies(
            entry -> {
              assertThat(entry.action()).isEqualTo("RETRY");
              assertThat(entry.actor()).isEqualTo("jane");
              assertThat(entry.reason()).isEqualTo("inventory is up again");
              assertThat(entry.at()).isEqualTo(clock.instant());
            });
  }

  @EveryDatabase
  void nothingIsRetriedThatCouldNotBeNoted() {
    Operator mute =
        new Operator(
            instance,
            decisions,
            branches,
            members,
            null,
            new AuditLog() {
              @Override
              public void append(AuditEntry entry) {
                throw new IllegalStateException("the audit is full");
              }

              @Override
              public List<AuditEntry> of(Xid xid) {
                return List.of();
              }
            },
            null,
            local,
            limits);

    assertThatThrownBy(() -> mute.retry(PARKED, "jane", "why not")).hasMessage("the audit is full");
    assertThat(decisions.find(PARKED).orElseThrow().state()).isEqualTo(DecisionState.PARKED);
    assertThat(branches.all(PARKED)).allMatch(Branch::parked);
  }

  @EveryDatabase
  void theLogGetsAnotherIdentityOnceAndTheOldOneIsRemembered(Database database) {
    String next = operator.retireLog(HERE.log(), "jane", "restored from Sunday").orElseThrow();

    Schema schema = new Schema(database.dataSource(), Tables.withDefaultPrefix());
    assertThat(schema.logId(() -> "no third one", clock)).isEqualTo(next).hasSize(32);
    assertThat(schema.retiredLogs()).containsExactly(HERE.log());
    assertThat(
            sql.queryForList(
                "select concat(action, ', ', actor, ', ', reason) from tcc_audit where xid is null",
                String.class))
        .containsExactly("RETIRE_LOG, jane, restored from Sunday");

    assertThat(operator.retireLog(HERE.log(), "jane", "again")).isEmpty();
    assertThat(operator.retireLog("0".repeat(32), "jane", "another one's")).isEmpty();
    assertThat(schema.logId(() -> "no third one", clock)).isEqualTo(next);
    assertThat(sql.queryForObject("select count(*) from tcc_audit", Integer.class)).isEqualTo(1);
    assertThatThrownBy(() -> operator.retireLog(next, "jane", " "))
        .hasMessageContaining("reason has 1 to 1000 characters");
  }

  @EveryDatabase
  void whatIsDoneOrUnknownIsNotRetriedAndNotNoted() {
    Xid unknown = new Xid("e".repeat(32));
    assertThat(operator.retry(DONE, "jane", "to be sure").isEmpty()).isTrue();
    assertThat(operator.retry(unknown, "jane", "to be sure").isEmpty()).isTrue();
    assertThat(sql.queryForObject("select count(*) from tcc_audit", Integer.class)).isZero();
    assertThat(operator.find(unknown).isEmpty()).isTrue();
  }

  @EveryDatabase
  void nobodyActsWithoutANameOrAReason() {
    assertThatThrownBy(() -> operator.retry(PARKED, " ", "because"))
        .hasMessageContaining("actor has 1 to 200 characters");
    assertThatThrownBy(() -> operator.retry(PARKED, "jane", "x".repeat(1001)))
        .hasMessageContaining("reason has 1 to 1000 characters");
    assertThat(decisions.find(PARKED).orElseThrow().state()).isEqualTo(DecisionState.PARKED);
  }

  @EveryDatabase
  void explainsInPlainWordsWhereThingsStand() {
    assertThat(operator.explain(decisions.find(PARKED).orElseThrow()))
        .isEqualTo(
            "purchase, begun 2026-03-01T10:00:00Z, is decided: COMMIT, which stays true, but inventory"
                + " did not carry it out after 1 attempt: inventory: connection refused. Nothing"
                + " happens by itself any more: remove the cause, then retry.");
    assertThat(operator.explain(decisions.find(DRIVEN).orElseThrow()))
        .isEqualTo(
            "purchase, begun 2026-03-01T10:00:00Z, is decided: ABORT; still to be told: inventory. 1"
                + " attempt failed, the last because of: no answer. It goes on by itself in 7 s.");
    assertThat(operator.explain(decisions.find(DONE).orElseThrow()))
        .endsWith("Nothing is left to do.");
    assertThat(operator.explain(branches.all(PARKED).get(0)))
        .isEqualTo(
            "The work of account is reserved and waits for the decision of inventory, but it could"
                + " not be completed: the account is closed. Nothing happens by itself any more:"
                + " remove the cause, then retry.");
    assertThat(operator.explain(branches.all(DRIVEN).get(0)))
        .isEqualTo(
            "The work of account is begun, with an effect outside this database, and waits for the"
                + " decision of inventory. If nothing is heard of it, this service asks in the next"
                + " pass of recovery.");
  }

  private void insert(Decision decision) {
    assertThat(decisions.insert(decision)).isTrue();
  }

  private void insert(Branch branch) {
    assertThat(
            branches.insertFirst(
                new Fence(branch.id().path(), HERE, "nonce", BranchState.OPEN), branch, "token"))
        .isTrue();
  }

  private static Decision decision(Xid xid, Outcome outcome) {
    return new Decision(
        new GlobalTransaction(xid, HERE, BEGUN, Duration.ofSeconds(30)),
        "purchase",
        outcome,
        DecisionState.DRIVING,
        List.of(new Enlistment(INVENTORY, new TreeSet<>(Set.of(new CallPath("1"))))),
        Set.of(),
        "order-1",
        1,
        0,
        BEGUN,
        null);
  }

  private static Branch branch(Xid xid, BranchState state) {
    return new Branch(
        new BranchId(xid, new CallPath("1"), 1),
        new GlobalTransaction(xid, INVENTORY, BEGUN, Duration.ofSeconds(30)),
        HERE,
        "account",
        "TCC",
        state,
        "{}",
        null,
        BEGUN.plusSeconds(30),
        0,
        false,
        null);
  }
}
