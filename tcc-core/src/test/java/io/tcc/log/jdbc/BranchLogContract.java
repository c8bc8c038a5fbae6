package io.tcc.log.jdbc;

import static io.tcc.log.jdbc.LogOnDatabase.START;
import static io.tcc.log.jdbc.LogOnDatabase.transaction;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.tcc.log.BranchLog.Change;
import io.tcc.log.BranchLog.OpenBranches;
import io.tcc.testing.Database;
import io.tcc.testing.TestDatabase;
import io.tcc.transaction.Branch;
import io.tcc.transaction.BranchId;
import io.tcc.transaction.BranchState;
import io.tcc.transaction.CallPath;
import io.tcc.transaction.Fence;
import io.tcc.transaction.GlobalTransaction;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What a {@link io.tcc.log.BranchLog} promises about branches that ask, and about their rows. */
abstract class BranchLogContract {

  private static final Duration LEASE = Duration.ofSeconds(60);
  private static final CallPath CALL = CallPath.ROOT.call(1);

  private LogOnDatabase log;

  @BeforeEach
  void open(Database database) {
    log = new LogOnDatabase(database);
  }

  private static Branch branch(GlobalTransaction transaction, int ordinal, Instant deadline) {
    return new Branch(
        new BranchId(transaction.xid(), CALL, ordinal),
        transaction,
        LogOnDatabase.ELSEWHERE,
        "stock",
        "TCC",
        BranchState.TRIED,
        "{\"item\":\"Grüße 😀\"}",
        null,
        deadline,
        0,
        false,
        null);
  }

  private Branch inserted(Branch branch) {
    log.separately(
        () -> {
          Fence fence = new Fence(CALL, LogOnDatabase.ELSEWHERE, "nonce", BranchState.OPEN);
          if (!log.branches.insertFirst(fence, branch, "token")) {
            log.branches.insert(branch, "token");
          }
        });
    return branch;
  }

  private Branch inserted(Instant deadline) {
    return inserted(branch(transaction(), 1, deadline));
  }

  /** Branches that become due one second after the other, from {@link LogOnDatabase#START} on. */
  private List<Branch> inserted(int count) {
    return IntStream.range(0, count).mapToObj(i -> inserted(START.plusSeconds(i))).toList();
  }

  private List<Branch> claim(Instant now, int limit) {
    return log.separate(() -> log.branches.claimDue(now, now.plus(LEASE), limit));
  }

  private static List<BranchId> ids(List<Branch> branches) {
    return branches.stream().map(Branch::id).toList();
  }

  private OpenBranches openOf(Branch branch) {
    return log.separate(() -> log.branches.open(branch.id().xid()));
  }

  private Map<String, Object> row(Branch branch) {
    return log.sql.queryForMap(
        "select * from tcc_branch where xid = ? and ordinal = ?",
        branch.id().xid().value(),
        branch.id().ordinal());
  }

  private boolean postpone(Branch branch, Instant next) {
    return log.separate(() -> log.branches.postpone(branch, next, "no answer"));
  }

  private boolean park(Branch branch) {
    return log.separate(() -> log.branches.park(branch, "no use"));
  }

  @Test
  void aBranchComesBackAsItWasInserted() {
    Branch branch = inserted(START.plusMillis(1));

    assertThat(openOf(branch)).isEqualTo(new OpenBranches(List.of(branch), List.of()));
  }

  @Test
  void theOldestDueBranchesAreTakenAPageAtATimeWithOneAttemptMore() {
    List<Branch> all = inserted(7);
    Instant now = START.plusSeconds(5);

    List<Branch> first = claim(now, 3);
    List<Branch> second = claim(now, 100);

    assertThat(first)
        .containsExactlyElementsOf(all.subList(0, 3).stream().map(Branch::attempted).toList());
    assertThat(ids(second)).containsExactlyElementsOf(ids(all.subList(3, 6)));
    assertThat(openOf(all.get(0)).readable()).containsExactly(first.get(0));
  }

  @Test
  void whatIsTakenIsDueAgainAfterTheLease() {
    Branch branch = inserted(START);
    claim(START, 10);

    assertThat(claim(START.plus(LEASE).minusMillis(1), 10)).isEmpty();
    assertThat(claim(START.plus(LEASE), 10)).containsExactly(branch.attempted().attempted());
  }

  @Test
  void instancesThatTakeAtOnceGetDisjointRows() {
    List<Branch> all = inserted(60);
    Instant now = START.plusSeconds(1000);

    List<List<BranchId>> taken =
        AtOnce.on(
            3,
            i -> {
              List<BranchId> mine = new ArrayList<>();
              for (List<Branch> page = claim(now, 7); !page.isEmpty(); page = claim(now, 7)) {
                mine.addAll(ids(page));
              }
              return mine;
            });

    assertThat(taken.stream().flatMap(List::stream)).containsExactlyInAnyOrderElementsOf(ids(all));
  }

  @Test
  void aPageThatIsBeingTakenDoesNotHoldUpAnotherInstance(TestDatabase kind) {
    assumeTrue(kind.hasServer(), "H2 locks all rows or waits; it serves one instance as a rule");
    List<Branch> all = inserted(6);
    Instant now = START.plusSeconds(10);
    try (OpenTransaction other =
        new OpenTransaction(log, () -> log.branches.claimDue(now, now.plus(LEASE), 3))) {
      assertThat(ids(claim(now, 10))).containsExactlyElementsOf(ids(all.subList(3, 6)));
      other.commit();
    }
  }

  @Test
  void whoHoldsItNotesAFailedAttempt() {
    inserted(START);
    Branch taken = claim(START, 10).get(0);

    assertThat(postpone(taken, START.plusSeconds(3))).isTrue();

    assertThat(row(taken)).containsEntry("last_error", "no answer");
    assertThat(claim(START.plusSeconds(3).minusMillis(1), 10)).isEmpty();
    assertThat(ids(claim(START.plusSeconds(3), 10))).containsExactly(taken.id());
  }

  @Test
  void whoIsLateNeitherPostponesNorParks() {
    inserted(START);
    Branch late = claim(START, 10).get(0);
    Branch taken = claim(START.plus(LEASE), 10).get(0);
    Map<String, Object> before = row(taken);

    assertThat(postpone(late, START)).isFalse();
    assertThat(park(late)).isFalse();

    assertThat(row(taken)).isEqualTo(before);
    assertThat(park(taken)).isTrue();
  }

  @Test
  void aParkedBranchStaysParkedWhateverIsNotedUntilItIsGivenBack() {
    inserted(START);
    Branch taken = claim(START, 10).get(0);
    assertThat(park(taken)).isTrue();

    assertThat(park(taken)).isFalse();
    assertThat(postpone(taken, START)).isFalse();
    assertThat(claim(START.plus(Duration.ofDays(1)), 10)).isEmpty();
    assertThat(row(taken)).containsEntry("last_error", "no use");

    assertThat(log.separate(() -> log.branches.requeue(taken.id().xid(), START))).isEqualTo(1);
    assertThat(claim(START, 10))
        .singleElement()
        .satisfies(
            branch -> {
              assertThat(branch.parked()).isFalse();
              assertThat(branch.attempts()).isEqualTo(1);
            });
  }

  @Test
  void aFinishedBranchIsNotPostponedParkedOrGivenBack() {
    Branch branch = inserted(START);
    log.separately(
        () ->
            log.branches.complete(
                List.of(new Change(branch.id(), BranchState.TRIED, BranchState.CONFIRMED)),
                "other"));

    assertThat(postpone(branch, START)).isFalse();
    assertThat(park(branch)).isFalse();
    assertThat(log.separate(() -> log.branches.requeue(branch.id().xid(), START))).isZero();
    assertThat(claim(START.plus(Duration.ofDays(1)), 10)).isEmpty();
  }

  @Test
  void aRowIsCompletedOnceAndOnlyFromTheStateThatItIsIn() {
    Branch branch = inserted(START);
    Change confirm = new Change(branch.id(), BranchState.TRIED, BranchState.CONFIRMED);

    assertThat(log.separate(() -> log.branches.complete(List.of(confirm), "one"))).isTrue();

    assertThat(log.separate(() -> log.branches.complete(List.of(confirm), "other"))).isFalse();
    assertThat(log.separate(() -> log.branches.carries(branch.id(), "one"))).isTrue();
  }

  private void spoil(Branch branch, String column, String text) {
    log.sql.update(
        "update tcc_branch set " + column + " = ? where xid = ? and ordinal = ?",
        text,
        branch.id().xid().value(),
        branch.id().ordinal());
  }

  @ParameterizedTest
  @ValueSource(strings = {"state", "path", "initiator"})
  void anUnreadableRowIsParkedWithItsReasonWhenItIsDueAndHoldsUpNoOther(String column) {
    Branch before = inserted(START);
    Branch spoilt = inserted(START);
    spoil(spoilt, column, "?NONSENSE?");
    Branch after = inserted(START.plusSeconds(1));

    assertThat(ids(claim(START.plusSeconds(9), 10)))
        .containsExactlyInAnyOrder(before.id(), after.id());

    assertThat(((Number) row(spoilt).get("parked")).intValue()).isEqualTo(1);
    assertThat((String) row(spoilt).get("last_error"))
        .contains(spoilt.id().xid().value(), "tcc_branch", "NONSENSE");
    assertThat(ids(claim(START.plus(Duration.ofDays(1)), 10)))
        .containsExactlyInAnyOrder(before.id(), after.id());
  }

  @ParameterizedTest
  @ValueSource(strings = {"state", "path", "initiator"})
  void anUnreadableRowIsNotTakenForAFinishedOneAndHidesNoSibling(String column) {
    Branch spoilt = inserted(START);
    Branch sibling = inserted(branch(spoilt.transaction(), 2, START));
    spoil(spoilt, column, "?NONSENSE?");

    OpenBranches open = openOf(spoilt);

    assertThat(open.readable()).containsExactly(sibling);
    assertThat(open.unreadable())
        .singleElement()
        .asString()
        .contains(spoilt.id().xid().value(), "tcc_branch", "NONSENSE");
    assertThat(((Number) row(spoilt).get("parked")).intValue()).isEqualTo(1);
  }

  @Test
  void anUnreadableFenceIsAnErrorThatNamesTheRow() {
    Branch branch = inserted(START);
    log.sql.update(
        "update tcc_branch set state = 'AJAR' where xid = ? and ordinal = 0",
        branch.id().xid().value());

    assertThatThrownBy(() -> log.separate(() -> log.branches.lockFences(branch.id().xid())))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining(branch.id().xid() + "/1/0")
        .hasMessageContaining("tcc_branch")
        .hasMessageContaining("AJAR");
  }

  private int purge(Instant changedBefore, int limit) {
    return log.separate(() -> log.branches.purge(changedBefore, limit));
  }

  private Branch finished(Branch branch) {
    log.separately(
        () ->
            log.branches.complete(
                List.of(
                    new Change(
                        new BranchId(branch.id().xid(), CALL, 0),
                        BranchState.OPEN,
                        BranchState.COMMITTED),
                    new Change(branch.id(), BranchState.TRIED, BranchState.CONFIRMED)),
                "other"));
    return branch;
  }

  private boolean exists(Branch branch) {
    return log.sql.queryForObject(
            "select count(*) from tcc_branch where xid = ?",
            Integer.class,
            branch.id().xid().value())
        > 0;
  }

  @Test
  void whatIsFinishedAndOldIsPurgedWithItsFence() {
    Branch old = finished(inserted(START));
    Branch open = inserted(START);
    log.clock.advance(Duration.ofSeconds(10));
    Branch young = finished(inserted(START));

    assertThat(purge(START.plusSeconds(10), 10)).isEqualTo(2);

    assertThat(exists(old)).isFalse();
    assertThat(exists(open)).isTrue();
    assertThat(exists(young)).isTrue();
  }

  @Test
  void aCallWithAnOpenBranchIsKeptWhole() {
    Branch finished = finished(inserted(START));
    inserted(branch(finished.transaction(), 2, START));

    assertThat(purge(START.plusSeconds(10), 10)).isZero();

    assertThat(log.sql.queryForObject("select count(*) from tcc_branch", Integer.class))
        .isEqualTo(3);
  }

  @Test
  void aPurgeDeletesNoMoreCallsThanItsLimit() {
    for (int i = 0; i < 5; i++) {
      finished(inserted(START));
    }

    assertThat(purge(START.plusSeconds(10), 3)).isEqualTo(6);
    assertThat(purge(START.plusSeconds(10), 3)).isEqualTo(4);
    assertThat(purge(START.plusSeconds(10), 3)).isZero();
  }
}
