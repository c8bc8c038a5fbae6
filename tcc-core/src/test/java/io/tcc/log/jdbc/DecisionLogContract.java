package io.tcc.log.jdbc;

import static io.tcc.log.jdbc.LogOnDatabase.ELSEWHERE;
import static io.tcc.log.jdbc.LogOnDatabase.HERE;
import static io.tcc.log.jdbc.LogOnDatabase.LIMIT;
import static io.tcc.log.jdbc.LogOnDatabase.START;
import static io.tcc.log.jdbc.LogOnDatabase.commit;
import static io.tcc.log.jdbc.LogOnDatabase.decision;
import static io.tcc.log.jdbc.LogOnDatabase.random;
import static io.tcc.log.jdbc.LogOnDatabase.transaction;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.tcc.cluster.MovableClock;
import io.tcc.log.LocalSettings;
import io.tcc.testing.Database;
import io.tcc.testing.TestDatabase;
import io.tcc.transaction.Decision;
import io.tcc.transaction.DecisionState;
import io.tcc.transaction.Enlistment;
import io.tcc.transaction.GlobalTransaction;
import io.tcc.transaction.Outcome;
import io.tcc.transaction.Site;
import io.tcc.transaction.Xid;
import java.sql.Connection;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What a {@link io.tcc.log.DecisionLog} promises. */
abstract class DecisionLogContract {

  private static final Duration LEASE = Duration.ofSeconds(60);

  private LogOnDatabase log;

  @BeforeEach
  void open(Database database) {
    log = new LogOnDatabase(database);
  }

  private boolean insert(Decision decision) {
    return log.separate(() -> log.decisions.insert(decision));
  }

  private Decision inserted(Decision decision) {
    assertThat(insert(decision)).isTrue();
    return decision;
  }

  /** Inserts decisions that become due one second after the other, from {@link #START} on. */
  private List<Decision> inserted(int count) {
    List<Decision> all =
        IntStream.range(0, count).mapToObj(i -> commit(START.plusSeconds(i))).toList();
    log.separately(() -> all.forEach(log.decisions::insert));
    return all;
  }

  private Decision found(Xid xid) {
    return log.separate(() -> log.decisions.find(xid)).orElseThrow();
  }

  private List<Decision> claim(String owner, Instant now, int limit) {
    return log.separate(() -> log.decisions.claimDue(owner, now, now.plus(LEASE), limit));
  }

  private static List<Xid> xids(List<Decision> decisions) {
    return decisions.stream().map(Decision::xid).toList();
  }

  private boolean update(Decision driven) {
    return log.separate(() -> log.decisions.update(driven));
  }

  private int close(Decision... acknowledged) {
    return log.separate(() -> log.decisions.close(List.of(acknowledged)));
  }

  @Test
  void theFirstInsertionWins() {
    GlobalTransaction transaction = transaction();
    Decision first = decision(transaction, Outcome.COMMIT, DecisionState.DRIVING, START);

    assertThat(insert(first)).isTrue();
    assertThat(insert(decision(transaction, Outcome.ABORT, DecisionState.DONE, START))).isFalse();

    assertThat(found(transaction.xid())).isEqualTo(first);
  }

  @Test
  void aDecisionComesBackAsItWasInserted() {
    Decision decision =
        new Decision(
            new GlobalTransaction(
                new Xid(random()),
                HERE,
                Instant.parse("2026-03-29T01:30:00.123Z"),
                Duration.ofMillis(1234)),
            "Grüße, 世界 😀",
            Outcome.ABORT,
            DecisionState.PARKED,
            Enlistment.read(HERE + "=0,1.2;" + ELSEWHERE + "=1,2,10.3;" + "billing=3"),
            Set.of(HERE, ELSEWHERE),
            "order-2",
            7,
            3,
            Instant.parse("2026-10-25T00:30:00.999Z"),
            "inventory: no answer – 😀");

    assertThat(found(inserted(decision).xid())).isEqualTo(decision);
  }

  @Test
  void aTransactionWithVeryManyBranchesFits() {
    List<Enlistment> many =
        IntStream.range(0, 3_000)
            .mapToObj(i -> Enlistment.read("service-%04d@%s=1,2,3".formatted(i, HERE.log())))
            .flatMap(List::stream)
            .toList();
    Decision decision =
        new Decision(
            transaction(),
            "wide",
            Outcome.COMMIT,
            DecisionState.DRIVING,
            many,
            Set.copyOf(many.stream().map(Enlistment::site).toList()),
            "order-1",
            1,
            0,
            START,
            null);

    assertThat(found(inserted(decision).xid())).isEqualTo(decision);
  }

  @Test
  void pastTheRetentionNothingIsDecidedAnyMore() {
    Instant forgotten = START.plus(LogOnDatabase.RETENTION);
    log.clock.advance(LogOnDatabase.RETENTION.minusMillis(1));
    assertThat(insert(commit(START))).isTrue();

    log.clock.advance(Duration.ofMillis(1));
    Decision late = commit(forgotten);
    assertThat(insert(late)).isFalse();
    assertThat(log.separate(() -> log.decisions.find(late.xid()))).isEmpty();
  }

  @Test
  void theDatabasesOwnClockTellsWhenTheRetentionIsOver() {
    // As after a sleep, of which this process's clock has not heard yet.
    Instant begun = Instant.now().minus(Duration.ofDays(8));
    JdbcDecisionLog asleep = log.decisionsWith(new MovableClock(begun), Duration.ofDays(7));
    JdbcDecisionLog inTime = log.decisionsWith(new MovableClock(begun), Duration.ofDays(9));
    Decision decision = begun(begun);

    assertThat(log.separate(() -> asleep.insert(decision))).isFalse();
    assertThat(log.separate(() -> log.decisions.find(decision.xid()))).isEmpty();
    assertThat(log.separate(() -> inTime.insert(decision))).isTrue();
    assertThat(log.separate(() -> asleep.insert(begun(begun.plus(Duration.ofDays(2)))))).isTrue();
  }

  private static Decision begun(Instant begun) {
    return decision(
        LogOnDatabase.begun(begun.truncatedTo(ChronoUnit.MILLIS)),
        Outcome.COMMIT,
        DecisionState.DRIVING,
        begun);
  }

  @Test
  void nothingIsDecidedUnderAnIdentityThatIsNotInForce() {
    Decision elsewhere =
        decision(
            new GlobalTransaction(
                new Xid(random()),
                new Site("order", "f".repeat(32)),
                START,
                Duration.ofSeconds(30)),
            Outcome.COMMIT,
            DecisionState.DRIVING,
            START);
    assertThat(insert(elsewhere)).isFalse();

    JdbcIdentityLog identities = new JdbcIdentityLog(log.dataSource, Tables.withDefaultPrefix());
    log.separately(() -> identities.replace(HERE.log(), random(), START));
    assertThat(insert(commit(START))).isFalse();
  }

  @Test
  void instancesThatStartAtOnceAgreeOnOneIdentity() {
    Schema schema = new Schema(log.dataSource, Tables.withDefaultPrefix());
    log.sql.update("delete from tcc_log");
    String first = random();

    String second =
        schema.logId(
            () -> {
              schema.logId(() -> first, log.clock);
              return random();
            },
            log.clock);

    assertThat(second).isEqualTo(first);
    assertThat(log.sql.queryForList("select id from tcc_log", String.class)).containsExactly(first);
  }

  @Test
  void ofManyInsertionsAtOnceOneWins() {
    for (int round = 0; round < 20; round++) {
      GlobalTransaction transaction = transaction();
      List<Decision> wanted =
          IntStream.range(0, 6)
              .mapToObj(
                  i ->
                      decision(
                          transaction,
                          i % 2 == 0 ? Outcome.COMMIT : Outcome.ABORT,
                          DecisionState.DRIVING,
                          START.plusSeconds(i)))
              .toList();

      List<Boolean> won = AtOnce.on(6, i -> insert(wanted.get(i)));

      assertThat(won).containsOnlyOnce(true);
      assertThat(found(transaction.xid())).isEqualTo(wanted.get(won.indexOf(true)));
    }
  }

  @Test
  void anInsertionIsLostToOneThatCommitsMeanwhile() {
    Decision first = commit(START);
    try (OpenTransaction other = new OpenTransaction(log, () -> log.decisions.insert(first))) {
      CompletableFuture<Boolean> second = CompletableFuture.supplyAsync(() -> insert(first));
      other.commit();
      assertThat(second.join()).isFalse();
    }
  }

  @Test
  void anInsertionWinsOverOneThatRollsBackMeanwhile() {
    Decision first = commit(START);
    try (OpenTransaction other = new OpenTransaction(log, () -> log.decisions.insert(first))) {
      CompletableFuture<Boolean> second = CompletableFuture.supplyAsync(() -> insert(first));
      other.rollBack();
      assertThat(second.join()).isTrue();
    }
  }

  @Test
  void nothingIsDurableBeforeTheLocalTransactionIs() {
    Decision decision = commit(START);

    assertThatThrownBy(
            () ->
                log.separately(
                    () -> {
                      assertThat(log.decisions.insert(decision)).isTrue();
                      throw new IllegalStateException("no");
                    }))
        .hasMessage("no");

    assertThat(log.separate(() -> log.decisions.find(decision.xid()))).isEmpty();
  }

  @Test
  void theLastInsertionIsDurableWithWhatWasDoneBefore() {
    log.createBusinessTable();
    Decision decision = commit(START);

    boolean won =
        log.separate(
            () -> {
              log.sql.update("insert into business values (1, 10)");
              return log.decisions.insertLast(decision, LogOnDatabase.LIMIT);
            });

    assertThat(won).isTrue();
    assertThat(found(decision.xid())).isEqualTo(decision);
    assertThat(log.businessRows()).containsExactly(1);
  }

  @Test
  void aLastInsertionThatLosesHasCommittedNothing() {
    log.createBusinessTable();
    Decision first = inserted(commit(START));

    assertThat(isRefusedAsTheLast(log.decisions, first)).isTrue();

    assertThat(log.businessRows()).isEmpty();
    assertThat(found(first.xid())).isEqualTo(first);
  }

  @Test
  void aLastInsertionIsRefusedByALogThatIsNotInForce() {
    log.createBusinessTable();
    Decision decision = commit(START);
    log.sql.update("update tcc_log set in_force = null");

    assertThat(isRefusedAsTheLast(log.decisions, decision)).isTrue();

    assertThat(log.businessRows()).isEmpty();
    assertThat(log.separate(() -> log.decisions.find(decision.xid()))).isEmpty();
  }

  @Test
  void aLastInsertionIsRefusedPastTheRetentionOnTheDatabasesClock() {
    log.createBusinessTable();
    Decision decision = commit(START);
    JdbcDecisionLog late = log.decisionsWith(log.clock, Duration.ofDays(1));

    assertThat(isRefusedAsTheLast(late, decision)).isTrue();

    assertThat(log.businessRows()).isEmpty();
    assertThat(log.separate(() -> log.decisions.find(decision.xid()))).isEmpty();
  }

  /** Does business work, then decides, and rolls back if that is refused. */
  private boolean isRefusedAsTheLast(JdbcDecisionLog decisions, Decision decision) {
    try {
      log.separately(
          () -> {
            log.sql.update("insert into business values (1, 10)");
            if (!decisions.insertLast(decision, LogOnDatabase.LIMIT)) {
              throw new IllegalStateException("refused");
            }
          });
      return false;
    } catch (IllegalStateException refused) {
      return true;
    }
  }

  @ParameterizedTest
  @ValueSource(
      ints = {
        LocalSettings.DEFAULT_ISOLATION,
        Connection.TRANSACTION_READ_COMMITTED,
        Connection.TRANSACTION_REPEATABLE_READ,
        Connection.TRANSACTION_SERIALIZABLE
      })
  void theUsersLocalTransactionStaysUsableAfterALostInsertion(int isolation) {
    log.createBusinessTable();
    Decision decision = inserted(commit(START));

    boolean won =
        log.local.<Boolean, RuntimeException>around(
            new LocalSettings(isolation, LIMIT),
            () -> {
              log.sql.update("insert into business values (1, 10)");
              boolean inserted = log.decisions.insert(decision);
              log.sql.update("insert into business values (2, 10)");
              return inserted;
            });

    assertThat(won).isFalse();
    assertThat(log.businessRows()).containsExactly(1, 2);
  }

  @Test
  void aLongErrorIsCutWithoutBreakingACharacter() {
    Decision decision = commit(START).postponed(START, "😀".repeat(700) + " \n\u0000 and so on");

    String error = found(inserted(decision).xid()).lastError();

    assertThat(error).startsWith("😀😀").endsWith("…").hasSizeLessThanOrEqualTo(1000);
    assertThat(error.codePoints().filter(c -> c == '?' || Character.isISOControl(c))).isEmpty();
    assertThat(error.chars().filter(c -> Character.isSurrogate((char) c)).count() % 2).isZero();
  }

  @Test
  void anUnknownTransactionIsNotFound() {
    assertThat(log.separate(() -> log.decisions.find(new Xid(random())))).isEmpty();
  }

  @Test
  void theOldestDueDecisionsAreTakenAPageAtATime() {
    List<Decision> all = inserted(7);
    Instant now = START.plusSeconds(5);

    List<Decision> first = claim("order-1", now, 3);
    List<Decision> second = claim("order-1", now, 100);

    assertThat(xids(first)).containsExactlyElementsOf(xids(all.subList(0, 3)));
    assertThat(xids(second)).containsExactlyElementsOf(xids(all.subList(3, 6)));
  }

  @Test
  void aTakenDecisionHasItsNewOwnerEpochAndLease() {
    Decision decision = inserted(commit(START));

    List<Decision> claimed = claim("order-2", START.plusMillis(1), 10);

    Decision expected = decision.takenOver("order-2", START.plusMillis(1).plus(LEASE));
    assertThat(claimed).containsExactly(expected);
    assertThat(expected.epoch()).isEqualTo(decision.epoch() + 1);
    assertThat(found(decision.xid())).isEqualTo(expected);
  }

  @Test
  void whatIsNotDueOrNotToBeDrivenIsNotTaken() {
    inserted(commit(START.plusMillis(1)));
    inserted(decision(transaction(), Outcome.ABORT, DecisionState.DONE, START));
    inserted(decision(transaction(), Outcome.COMMIT, DecisionState.PARKED, START));

    assertThat(claim("order-1", START, 10)).isEmpty();
  }

  @Test
  void anotherInstanceTakesOverAfterTheLeaseAndTheLateOwnerChangesNothing() {
    Decision decision = inserted(commit(START));
    Decision late = claim("order-1", START, 10).get(0);

    assertThat(claim("order-2", START.plus(LEASE).minusMillis(1), 10)).isEmpty();
    Decision taken = claim("order-2", START.plus(LEASE), 10).get(0);

    assertThat(close(late.acknowledgedBy(Set.of(ELSEWHERE)))).isZero();
    assertThat(update(late.parked("late"))).isFalse();
    assertThat(found(decision.xid())).isEqualTo(taken);
    assertThat(close(taken.acknowledgedBy(Set.of(ELSEWHERE)))).isEqualTo(1);
    assertThat(found(decision.xid())).isEqualTo(taken.acknowledgedBy(Set.of(ELSEWHERE)));
  }

  @Test
  void instancesThatTakeAtOnceGetDisjointRows() {
    List<Decision> all = inserted(120);
    Instant now = START.plusSeconds(1000);

    List<List<Xid>> taken =
        AtOnce.on(
            3,
            i -> {
              List<Xid> mine = new ArrayList<>();
              for (List<Decision> page = claim("order-" + i, now, 7);
                  !page.isEmpty();
                  page = claim("order-" + i, now, 7)) {
                mine.addAll(xids(page));
              }
              return mine;
            });

    assertThat(taken.stream().flatMap(List::stream)).containsExactlyInAnyOrderElementsOf(xids(all));
  }

  @Test
  void aPageThatIsBeingTakenDoesNotHoldUpAnotherInstance(TestDatabase kind) {
    assumeTrue(kind.hasServer(), "H2 locks all rows or waits; it serves one instance as a rule");
    List<Decision> all = inserted(6);
    Instant now = START.plusSeconds(10);
    try (OpenTransaction other =
        new OpenTransaction(
            log, () -> log.decisions.claimDue("order-1", now, now.plus(LEASE), 3))) {
      assertThat(xids(claim("order-2", now, 10)))
          .containsExactlyElementsOf(xids(all.subList(3, 6)));
      other.commit();
    }
  }

  @Test
  void whatWasTakenAndFailedDoesNotBlockNewerOnes() {
    List<Decision> all = inserted(6);
    Instant now = START.plusSeconds(10);

    List<Decision> failing = claim("order-1", now, 3);
    failing.forEach(d -> update(d.postponed(now.plusSeconds(1), "no answer")));

    assertThat(xids(claim("order-1", now, 3))).isEqualTo(xids(all.subList(3, 6)));
    assertThat(xids(claim("order-1", now.plusSeconds(1), 3)))
        .containsExactlyInAnyOrderElementsOf(xids(failing));
  }

  @Test
  void anUpdateWritesTheDrivingFields() {
    Decision decision = inserted(commit(START));
    Decision driven =
        decision
            .acknowledgedBy(Set.of(new Site("billing", HERE.log())))
            .postponed(START.plusSeconds(4), "inventory: no answer");

    assertThat(update(driven)).isTrue();

    assertThat(found(decision.xid())).isEqualTo(driven);
  }

  @Test
  void closingTellsHowManyWereStillDrivenUnderTheirEpoch() {
    List<Decision> all = new ArrayList<>(inserted(150));
    log.clock.advance(Duration.ofSeconds(1));
    List<Decision> lost = claim("order-2", START.plusSeconds(29), 30);
    assertThat(lost).hasSize(30);

    Site besides = new Site("billing", HERE.log());
    all.set(0, all.get(0).acknowledgedBy(Set.of(besides)));
    int closed =
        close(all.stream().map(d -> d.acknowledgedBy(Set.of(ELSEWHERE))).toArray(Decision[]::new));

    assertThat(closed).isEqualTo(120);
    assertThat(states()).containsOnly(Map.entry("DONE", 120L), Map.entry("DRIVING", 30L));
    all.removeIf(each -> xids(lost).contains(each.xid()));
    all.forEach(
        each -> assertThat(found(each.xid())).isEqualTo(each.acknowledgedBy(Set.of(ELSEWHERE))));
  }

  @Test
  void closingNothingIsNoError() {
    assertThat(close()).isZero();
  }

  @Test
  void whatIsDoneOrParkedIsNeitherUpdatedNorClosed() {
    Decision done = inserted(decision(transaction(), Outcome.COMMIT, DecisionState.DONE, START));
    Decision parked =
        inserted(decision(transaction(), Outcome.COMMIT, DecisionState.PARKED, START));

    assertThat(update(done.parked("no"))).isFalse();
    assertThat(close(done, parked.acknowledgedBy(Set.of(ELSEWHERE)))).isZero();

    assertThat(found(done.xid())).isEqualTo(done);
    assertThat(found(parked.xid())).isEqualTo(parked);
  }

  private Map<String, Long> states() {
    Map<String, Long> states = new java.util.TreeMap<>();
    log.sql.query(
        "select state, count(*) from tcc_decision group by state",
        row -> {
          states.put(row.getString(1), row.getLong(2));
        });
    return states;
  }

  @Test
  void aParkedDecisionIsGivenBackToBeDrivenAtOnceWithAttemptsAnew() {
    Decision decision = inserted(commit(START));
    Decision parked = decision.postponed(START, "no answer").parked("exhausted");
    update(parked);
    assertThat(claim("order-1", START.plus(LEASE), 10)).isEmpty();

    assertThat(log.separate(() -> log.decisions.requeue(decision.xid(), START))).isTrue();

    Decision requeued = found(decision.xid());
    assertThat(requeued.state()).isEqualTo(DecisionState.DRIVING);
    assertThat(requeued.attempts()).isZero();
    assertThat(requeued.outcome()).isEqualTo(decision.outcome());
    assertThat(xids(claim("order-2", START, 10))).containsExactly(decision.xid());
  }

  @Test
  void whoDroveItBeforeItWasGivenBackIsRefused() {
    Decision decision = inserted(commit(START));

    assertThat(log.separate(() -> log.decisions.requeue(decision.xid(), START))).isTrue();

    assertThat(update(decision.parked("late"))).isFalse();
  }

  @Test
  void whatIsDoneOrUnknownIsNotGivenBack() {
    Decision done = inserted(decision(transaction(), Outcome.COMMIT, DecisionState.DONE, START));

    assertThat(log.separate(() -> log.decisions.requeue(done.xid(), START))).isFalse();
    assertThat(log.separate(() -> log.decisions.requeue(new Xid(random()), START))).isFalse();

    assertThat(found(done.xid())).isEqualTo(done);
  }

  @Test
  void theParkedOnesAreListedOldestFirst() {
    List<Decision> all =
        Stream.of(3, 1, 2).map(i -> begun(START.plusSeconds(i), DecisionState.PARKED)).toList();
    inserted(commit(START));
    inserted(decision(transaction(), Outcome.ABORT, DecisionState.DONE, START));

    assertThat(log.separate(() -> log.backlog.parkedDecisions(10)))
        .containsExactly(all.get(1), all.get(2), all.get(0));
    assertThat(log.separate(() -> log.backlog.parkedDecisions(2)))
        .containsExactly(all.get(1), all.get(2));
  }

  private Decision begun(Instant begun, DecisionState state) {
    return inserted(decision(LogOnDatabase.begun(begun), Outcome.COMMIT, state, begun));
  }

  private int purge(Instant begunBefore, int limit) {
    return log.separate(() -> log.decisions.purge(begunBefore, limit));
  }

  @Test
  void onlyWhatIsDoneAndOldIsPurged() {
    Decision old = begun(START, DecisionState.DONE);
    List<Decision> kept =
        List.of(
            begun(START.plusMillis(1), DecisionState.DONE),
            begun(START, DecisionState.DRIVING),
            begun(START, DecisionState.PARKED));

    assertThat(purge(START.plusMillis(1), 10)).isEqualTo(1);

    assertThat(log.separate(() -> log.decisions.find(old.xid()))).isEmpty();
    kept.forEach(d -> assertThat(found(d.xid())).isEqualTo(d));
  }

  @Test
  void aPurgeDeletesNoMoreThanItsLimitOldestFirst() {
    for (int i = 0; i < 5; i++) {
      begun(START.plusSeconds(i), DecisionState.DONE);
    }

    assertThat(purge(START.plusSeconds(60), 3)).isEqualTo(3);
    assertThat(states()).containsEntry("DONE", 2L);
    assertThat(purge(START.plusSeconds(4), 3)).isEqualTo(1);
    assertThat(purge(START.plusSeconds(60), 3)).isEqualTo(1);
    assertThat(purge(START.plusSeconds(60), 3)).isZero();
  }

  @Test
  void instancesThatPurgeAtOnceDeleteEachRowOnce() {
    for (int i = 0; i < 60; i++) {
      begun(START.plusSeconds(i % 3), DecisionState.DONE);
    }

    List<Integer> deleted =
        AtOnce.on(
            3,
            i -> {
              int mine = 0;
              for (int n = purge(START.plusSeconds(9), 7);
                  n > 0;
                  n = purge(START.plusSeconds(9), 7)) {
                mine += n;
              }
              return mine;
            });

    assertThat(deleted.stream().mapToInt(Integer::intValue).sum()).isEqualTo(60);
  }

  private Decision spoilt(String column, String text) {
    Decision decision = inserted(commit(START));
    log.sql.update(
        "update tcc_decision set " + column + " = ? where xid = ?", text, decision.xid().value());
    return decision;
  }

  @ParameterizedTest
  @ValueSource(strings = {"outcome", "state", "enlisted", "acknowledged", "initiator"})
  void anUnreadableRowIsAnErrorThatNamesTheRowAndTheText(String column) {
    Decision spoilt = spoilt(column, "?NONSENSE?");

    assertThatThrownBy(() -> found(spoilt.xid()))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining(spoilt.xid().value())
        .hasMessageContaining("tcc_decision")
        .hasMessageContaining("NONSENSE");
  }

  @ParameterizedTest
  @ValueSource(strings = {"outcome", "enlisted", "acknowledged", "initiator"})
  void anUnreadableRowIsParkedWhenItIsDueAndHoldsUpNoOther(String column) {
    Decision before = inserted(commit(START));
    Decision spoilt = spoilt(column, "?NONSENSE?");
    Decision after = inserted(commit(START.plusSeconds(1)));

    List<Decision> claimed = claim("order-2", START.plusSeconds(9), 10);

    assertThat(xids(claimed)).containsExactlyInAnyOrder(before.xid(), after.xid());
    Map<String, Object> row =
        log.sql.queryForMap("select * from tcc_decision where xid = ?", spoilt.xid().value());
    assertThat(row.get("state")).isEqualTo("PARKED");
    assertThat((String) row.get("last_error")).contains("NONSENSE");
  }

  @Test
  void anUnreadableRowDoesNotHideTheOtherParkedOnes() {
    Decision parked =
        inserted(decision(transaction(), Outcome.COMMIT, DecisionState.PARKED, START));
    spoilt("outcome", "MAYBE");
    claim("order-2", START.plusSeconds(9), 10);

    assertThat(log.separate(() -> log.backlog.parkedDecisions(10))).containsExactly(parked);
  }
}
