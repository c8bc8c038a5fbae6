package io.tcc.cluster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;

import io.tcc.protocol.threephase.MemberAnswer;
import io.tcc.protocol.threephase.MemberAnswer.Verdict;
import io.tcc.protocol.threephase.PreCommitOrder;
import io.tcc.protocol.threephase.Roll;
import io.tcc.protocol.threephase.RoundQuestion;
import io.tcc.testing.EveryDatabase;
import io.tcc.testing.TestDatabase;
import io.tcc.transaction.BranchState;
import io.tcc.transaction.CallPath;
import io.tcc.transaction.CompletionAnswer;
import io.tcc.transaction.CompletionOrder;
import io.tcc.transaction.GlobalTransaction;
import io.tcc.transaction.GlobalTransactionAbortedException;
import io.tcc.transaction.GlobalTransactionInDoubtException;
import io.tcc.transaction.Inquiry;
import io.tcc.transaction.InquiryAnswer;
import io.tcc.transaction.Outcome;
import io.tcc.transaction.Site;
import io.tcc.transaction.TransactionEvent;
import io.tcc.transaction.Vote;
import io.tcc.transaction.Xid;
import java.math.BigDecimal;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/**
 * What 3PC does when processes die, messages are late or lost, and the network splits. The
 * initiator is the office; train, ship and hotel take part.
 */
class ThreePhaseTest {

  private static final String[] ALL = {"train", "ship", "hotel"};
  private static final Duration READY = Node.THREE_PHASE.ready().plusSeconds(1);
  private static final Duration PRE_COMMIT = Node.THREE_PHASE.preCommit().plusSeconds(1);

  /** Past the deadline, the lease and the time limit of a transaction that has just begun. */
  private static final Duration LONG = Duration.ofSeconds(100);

  private final Cluster cluster = new Cluster();
  private final List<String> passed = new ArrayList<>();

  @AfterEach
  void close() {
    cluster.close();
  }

  private void on(TestDatabase kind) {
    cluster.add("office", kind, Accounts.class, Seats.class, Voyage.class);
    for (String service : ALL) {
      cluster.add(service, kind, Accounts.class, Seats.class);
    }
    cluster.reset(new BigDecimal("10.00"));
  }

  private Voyage voyage() {
    return cluster.node("office").bean(Voyage.class);
  }

  private void kill(String service) {
    cluster.node(service).die();
  }

  /** Time passes, then recovery runs once at each of the services, in this order. */
  private void later(Duration by, String... services) {
    cluster.clock().advance(by);
    for (String service : services) {
      cluster.node(service).recovery().runOnce();
    }
  }

  /** The office dies when it is about to send the n-th message of a kind, counted from 1. */
  private void officeDiesBefore(String kind, int n) {
    int[] seen = {0};
    cluster
        .network()
        .intercept(
            (what, from, to) -> {
              if (what.equals(kind) && from.service().equals("office") && ++seen[0] == n) {
                from.die();
                throw new Crash.Death(from, "before " + kind);
              }
            });
  }

  private void begin() {
    try {
      voyage().three();
    } catch (Crash.Death | GlobalTransactionInDoubtException e) {
      // What is to be seen afterwards is what the rows say.
    }
  }

  /** From now on nothing passes between a service and everybody else. */
  private void isolate(String service, String from) {
    boolean[] begun = {false};
    cluster
        .network()
        .intercept(
            (what, sender, receiver) -> {
              begun[0] |= what.equals(from);
              if (begun[0]
                  && (sender.service().equals(service) || receiver.service().equals(service))) {
                throw new Network.BrokenConnectionException("the network is split");
              }
            });
  }

  private void heal() {
    cluster.network().intercept((what, from, to) -> {});
  }

  private String state(String service) {
    List<String> rows =
        cluster.sql(service).queryForList("select state from tcc_member", String.class);
    return rows.isEmpty() ? "none" : rows.get(0);
  }

  private String cause(String service) {
    return cluster.sql(service).queryForObject("select cause from tcc_member", String.class);
  }

  private List<String> states() {
    return Stream.of(ALL).map(this::state).toList();
  }

  private List<String> journal(String service) {
    return cluster
        .sql(service)
        .queryForList("select what from journal order by what desc", String.class);
  }

  private String decision(String column) {
    return cluster
        .sql("office")
        .queryForObject("select " + column + " from tcc_decision", String.class);
  }

  private long divergences(String service) {
    return cluster.node(service).events().stream()
        .filter(TransactionEvent.Diverged.class::isInstance)
        .count();
  }

  private Xid xid() {
    return new Xid(cluster.sql("train").queryForObject("select xid from tcc_member", String.class));
  }

  private Site site(String service) {
    return cluster.node(service).instance().site();
  }

  private void assertEverybodySpent(int units, String... services) {
    for (String service : services) {
      assertThat(
              cluster
                  .sql(service)
                  .queryForObject("select spent from account", BigDecimal.class)
                  .intValue())
          .as(service)
          .isEqualTo(units);
    }
    assertThat(cluster.violations(new BigDecimal("10.00"))).isEmpty();
  }

  // 1

  @EveryDatabase
  void everybodyIsReadyThenPreCommittedThenCommitted(TestDatabase kind) {
    on(kind);
    cluster
        .network()
        .intercept(
            (what, from, to) -> {
              if (from.service().equals("office") && !what.equals("call")) {
                passed.add(what + " while " + state(to.service()));
              }
            });
    voyage().three();

    assertThat(passed)
        .containsExactly(
            "roll while READY",
            "roll while READY",
            "roll while READY",
            "preCommit while READY",
            "preCommit while READY",
            "preCommit while READY",
            "COMMIT while PRE_COMMITTED",
            "COMMIT while PRE_COMMITTED",
            "COMMIT while PRE_COMMITTED");
    assertThat(states()).containsOnly("COMMITTED");
    assertThat(journal("ship")).containsExactly("PRE_COMMIT", "COMMIT");
    assertThat(cause("ship")).isEqualTo("DECISION");
    cluster.node("office").recovery().runOnce();
    assertThat(decision("state")).isEqualTo("DONE");
    assertEverybodySpent(1, ALL);
  }

  @Test
  void afterANoNobodyIsEverPreCommitted() {
    on(TestDatabase.H2);
    cluster.sql("hotel").update("update account set available = 0");

    assertThatThrownBy(() -> voyage().three()).isInstanceOf(Accounts.InsufficientException.class);

    assertThat(state("train")).isEqualTo("ABORTED");
    assertThat(state("ship")).isEqualTo("ABORTED");
    assertThat(journal("train")).containsExactly("ABORT");
    assertThat(journal("ship")).containsExactly("ABORT");
    assertThat(state("hotel")).isEqualTo("none");
  }

  @Test
  void aNoForbidsTheCommitAlsoWhereItsExceptionIsCaught() {
    on(TestDatabase.H2);
    cluster.sql("ship").update("update account set available = 0");

    assertThatThrownBy(() -> voyage().catches())
        .isInstanceOf(GlobalTransactionAbortedException.class)
        .hasMessageContaining("call 2 to ship");

    assertThat(state("train")).isEqualTo("ABORTED");
    assertThat(journal("train")).containsExactly("ABORT");
    assertThat(state("ship")).isEqualTo("none");
  }

  @Test
  void aVoteOfNoForbidsTheCommitAlsoWhereNobodyLooksAtIt() {
    on(TestDatabase.H2);

    assertThatThrownBy(() -> voyage().shipVotes(Vote.NO))
        .isInstanceOf(GlobalTransactionAbortedException.class)
        .hasMessageContaining("call 2 to ship");

    assertThat(journal("train")).containsExactly("ABORT");
    assertThat(state("ship")).isEqualTo("none");
    assertThat(reservedOnTheShip()).isZero();
  }

  @Test
  void whoOnlyReadIsNoMember() {
    on(TestDatabase.H2);

    voyage().shipVotes(Vote.READ_ONLY);

    assertThat(state("train")).isEqualTo("COMMITTED");
    assertThat(state("ship")).isEqualTo("none");
    assertThat(reservedOnTheShip()).isZero();
  }

  private int reservedOnTheShip() {
    return Objects.requireNonNull(
            cluster
                .sql("ship")
                .queryForObject("select reserved from account where id = 'a'", BigDecimal.class))
        .intValue();
  }

  @Test
  void whoDoesNotAcknowledgeTheRollForbidsTheCommit() {
    on(TestDatabase.H2);
    isolate("ship", "roll");

    assertThatThrownBy(() -> voyage().three())
        .isInstanceOf(GlobalTransactionAbortedException.class)
        .hasMessageContaining("ship did not acknowledge who takes part");

    assertThat(decision("outcome")).isEqualTo("ABORT");
    heal();
    cluster.settle();
    assertThat(states()).containsOnly("ABORTED");
  }

  // 2

  @Test
  void theInitiatorDiesWhileVotesAreOutAndAllAbort() {
    on(TestDatabase.H2);
    officeDiesBefore("roll", 1);
    begin();

    later(LONG, ALL);

    assertThat(states()).containsOnly("ABORTED");
    assertThat(cause("train")).isEqualTo("TIMEOUT");
    cluster.settle();
    assertEverybodySpent(0, ALL);
  }

  @Test
  void theInitiatorDiesBetweenTheRollAndPreCommitAndAllAbortByARound() {
    on(TestDatabase.H2);
    officeDiesBefore("preCommit", 1);
    begin();
    assertThat(decision("outcome")).isEqualTo("PRE_COMMIT");

    later(READY, ALL);

    assertThat(states()).containsOnly("ABORTED");
    cluster.settle();
    assertThat(decision("outcome")).isEqualTo("ABORT");
    assertEverybodySpent(0, ALL);
  }

  // 3

  @EveryDatabase
  void theInitiatorDiesAfterOnePreCommitAndAllCommitByARound(TestDatabase kind) {
    on(kind);
    officeDiesBefore("preCommit", 2);
    begin();
    assertThat(states()).containsExactlyInAnyOrder("PRE_COMMITTED", "READY", "READY");

    later(READY, ALL);
    assertThat(states()).containsOnly("PRE_COMMITTED");
    later(PRE_COMMIT, ALL);

    assertThat(states()).containsOnly("COMMITTED");
    assertThat(Stream.of(ALL).map(this::cause)).contains("TIMEOUT");
    cluster.settle();
    assertThat(decision("outcome")).isEqualTo("COMMIT");
    assertEverybodySpent(1, ALL);
  }

  @Test
  void theInitiatorDiesAfterAllPreCommitsAndAllCommitWithoutAMessageOfIt() {
    on(TestDatabase.H2);
    int[] answers = {0};
    cluster
        .network()
        .intercept(
            (what, from, to) -> {
              if (what.equals("answer to preCommit") && ++answers[0] == 3) {
                to.die();
                throw new Crash.Death(to, "after the last preCommit");
              }
            });
    begin();
    assertThat(decision("outcome")).isEqualTo("PRE_COMMIT");
    assertThat(states()).containsOnly("PRE_COMMITTED");

    later(PRE_COMMIT, ALL);

    assertThat(states()).containsOnly("COMMITTED");
    cluster.settle();
    assertEverybodySpent(1, ALL);
  }

  @Test
  void theInitiatorDiesBeforeTwoDoCommitsAndTheTwoLearnIt() {
    on(TestDatabase.H2);
    officeDiesBefore("COMMIT", 2);
    begin();
    assertThat(states()).containsExactlyInAnyOrder("COMMITTED", "PRE_COMMITTED", "PRE_COMMITTED");

    later(PRE_COMMIT, ALL);

    assertThat(states()).containsOnly("COMMITTED");
    assertThat(Stream.of(ALL).map(this::cause))
        .containsExactlyInAnyOrder("DECISION", "PEER", "PEER");
  }

  // 4

  @EveryDatabase
  void whoDiesReadyWhileTheOthersPreCommitAsksAndCommits(TestDatabase kind) {
    on(kind);
    cluster
        .network()
        .intercept(
            (what, from, to) -> {
              if (what.equals("preCommit") && to.service().equals("train")) {
                to.die();
              }
            });
    begin();
    assertThat(states()).containsExactly("READY", "PRE_COMMITTED", "PRE_COMMITTED");
    kill("office");
    heal();
    cluster.start("train");

    later(READY, "train");
    assertThat(state("train")).isEqualTo("PRE_COMMITTED");
    later(PRE_COMMIT, ALL);

    assertThat(states()).containsOnly("COMMITTED");
  }

  @EveryDatabase
  void anotherInstanceConcludesWhatOneThatDiedWhileAskingLeft(TestDatabase kind) {
    on(kind);
    officeDiesBefore("COMMIT", 1);
    begin();
    assertThat(states()).containsOnly("PRE_COMMITTED");
    Node first = cluster.node("train");
    Node second = cluster.startAnother("train");
    diesWhenAPeerHasAnswered(first);
    cluster.clock().advance(PRE_COMMIT);
    catchThrowable(() -> first.recovery().runOnce());
    assertThat(first.isDead()).isTrue();

    second.recovery().runOnce();
    assertThat(state("train"))
        .as("it is the first one's, for the time of its lease")
        .isEqualTo("PRE_COMMITTED");

    cluster.clock().advance(Cluster.LIMITS.lease().plusSeconds(1));
    second.recovery().runOnce();
    assertThat(state("train")).isEqualTo("COMMITTED");
    assertThat(cause("train")).isEqualTo("TIMEOUT");
    later(Duration.ZERO, "ship", "hotel");
    assertThat(states()).containsOnly("COMMITTED");
    assertThat(Stream.of("ship", "hotel").map(this::cause)).containsOnly("PEER");
    assertThat(journal("train")).containsExactly("PRE_COMMIT", "COMMIT");
    cluster.settle();
    assertThat(decision("outcome")).isEqualTo("COMMIT");
    assertEverybodySpent(1, ALL);
  }

  private void diesWhenAPeerHasAnswered(Node asker) {
    cluster
        .network()
        .intercept(
            (what, from, to) -> {
              if (what.equals("answer to round") && to == asker) {
                asker.die();
                throw new Crash.Death(asker, "while it asks");
              }
            });
  }

  @Test
  void whoDiesPreCommittedAsksFirstAndAbortsBecauseTheOthersDid() {
    on(TestDatabase.H2);
    officeDiesBefore("preCommit", 2);
    begin();
    kill("hotel");
    assertThat(states()).containsExactly("READY", "READY", "PRE_COMMITTED");
    later(READY, "train", "ship");
    assertThat(states()).containsExactly("ABORTED", "ABORTED", "PRE_COMMITTED");

    cluster.start("hotel");
    later(PRE_COMMIT, "hotel");

    assertThat(state("hotel")).isEqualTo("ABORTED");
    cluster.settle();
    assertThat(decision("outcome")).isEqualTo("ABORT");
    assertEverybodySpent(0, ALL);
  }

  // 5

  @EveryDatabase
  void aStalePreCommitAfterARoundIsRefusedAndTheInitiatorThinksAgain(TestDatabase kind) {
    on(kind);
    officeDiesBefore("preCommit", 1);
    begin();
    Xid xid = xid();
    Node ship = cluster.node("ship");
    ship.system()
        .membership()
        .answer(new RoundQuestion(xid, site("train"), site("ship"), BranchState.READY, 1));
    kill("train");

    MemberAnswer answer =
        ship.system()
            .membership()
            .preCommit(new PreCommitOrder(xid, site("office"), site("ship"), 0));

    assertThat(answer.verdict()).isEqualTo(Verdict.STALE);
    assertThat(answer.standing().orElseThrow().state()).isEqualTo(BranchState.READY);
    assertThat(answer.standing().orElseThrow().asked())
        .as("who asked, and where it stood")
        .hasSize(1);
    heal();
    cluster.start("office");
    later(LONG, "office");
    assertThat(decision("outcome")).as("a silent one that asked READY").isEqualTo("ABORT");
    cluster.settle();
    assertEverybodySpent(0, ALL);
  }

  @Test
  void afterARoundInWhichNobodyFellSilentTheInitiatorGoesOn() {
    on(TestDatabase.H2);
    officeDiesBefore("preCommit", 1);
    begin();
    cluster
        .node("ship")
        .system()
        .membership()
        .answer(new RoundQuestion(xid(), site("train"), site("ship"), BranchState.READY, 1));
    heal();
    cluster.start("office");

    later(LONG, "office");

    assertThat(decision("outcome")).isEqualTo("COMMIT");
    assertThat(states()).containsOnly("COMMITTED");
  }

  @EveryDatabase
  void everyMessageMayComeTwiceInEveryState(TestDatabase kind) {
    on(kind);
    officeDiesBefore("preCommit", 1);
    begin();
    var train = cluster.node("train").system();
    Xid xid = xid();
    Roll roll =
        new Roll(
            xid,
            site("office"),
            site("train"),
            new TreeSet<>(Set.of(new CallPath("1"))),
            List.of(site("hotel"), site("ship")));
    PreCommitOrder preCommit = new PreCommitOrder(xid, site("office"), site("train"), 0);
    CompletionOrder commit =
        new CompletionOrder(
            xid,
            cluster.clock().instant(),
            Outcome.COMMIT,
            site("train"),
            new TreeSet<>(Set.of(new CallPath("1"))));

    for (int twice = 0; twice < 2; twice++) {
      assertThat(train.membership().roll(roll).verdict()).isEqualTo(Verdict.DONE);
    }
    for (int twice = 0; twice < 2; twice++) {
      assertThat(train.membership().preCommit(preCommit).verdict()).isEqualTo(Verdict.DONE);
      assertThat(train.membership().roll(roll).verdict()).isEqualTo(Verdict.DONE);
    }
    for (int twice = 0; twice < 2; twice++) {
      assertThat(train.completion().complete(commit)).isEqualTo(CompletionAnswer.DONE);
      assertThat(train.membership().preCommit(preCommit).standing().orElseThrow().state())
          .isEqualTo(BranchState.COMMITTED);
      assertThat(train.membership().roll(roll).verdict()).isEqualTo(Verdict.DONE);
    }
    assertThat(journal("train")).containsExactly("PRE_COMMIT", "COMMIT");
  }

  @Test
  void whoHasNoPartIsRefusedAndChangesNothing() {
    on(TestDatabase.H2);
    officeDiesBefore("preCommit", 1);
    begin();
    var train = cluster.node("train").system().membership();
    Xid xid = xid();
    Site stranger = new Site("stranger", "0");

    assertThat(train.preCommit(new PreCommitOrder(xid, stranger, site("train"), 9)).verdict())
        .isEqualTo(Verdict.REFUSED);
    assertThat(train.preCommit(new PreCommitOrder(xid, site("ship"), site("train"), 9)).verdict())
        .isEqualTo(Verdict.REFUSED);
    assertThat(
            train
                .answer(new RoundQuestion(xid, stranger, site("train"), BranchState.READY, 9))
                .verdict())
        .isEqualTo(Verdict.REFUSED);
    assertThat(train.answer(new RoundQuestion(xid, site("ship"), site("train"), null, 9)).verdict())
        .as("a peer that speaks for the initiator")
        .isEqualTo(Verdict.REFUSED);
    assertThat(
            train
                .roll(new Roll(xid, site("ship"), site("train"), new TreeSet<>(), List.of()))
                .verdict())
        .isEqualTo(Verdict.REFUSED);
    assertThat(state("train")).isEqualTo("READY");
    assertThat(cluster.sql("train").queryForObject("select epoch from tcc_member", Long.class))
        .isZero();
  }

  // 6, 7

  @EveryDatabase
  void aPartitionThatIsLongerThanTheTimeoutsDivergesAndBothSidesTellItOnce(TestDatabase kind) {
    on(kind);
    isolate("train", "preCommit");
    begin();
    later(READY, "train");
    assertThat(state("train")).as("cut off, it has given up").isEqualTo("ABORTED");
    later(LONG, "office");
    assertThat(states())
        .as("the others could not wait for ever")
        .containsExactly("ABORTED", "COMMITTED", "COMMITTED");

    heal();
    later(LONG, "office", "train");

    assertThat(decision("state")).isEqualTo("DIVERGED");
    assertThat(decision("last_error")).contains("train").contains("alone");
    assertThat(
            cluster.sql("train").queryForObject("select diverged from tcc_member", Integer.class))
        .isOne();
    later(LONG, "office", "train", "ship", "hotel");
    later(LONG, "office", "train", "ship", "hotel");
    assertThat(divergences("office")).isOne();
    assertThat(divergences("train")).isOne();
    assertThat(divergences("ship")).isZero();
  }

  @Test
  void aShorterPartitionEndsWithOneOutcome() {
    on(TestDatabase.H2);
    isolate("train", "preCommit");
    begin();
    later(READY, "train");
    heal();

    later(PRE_COMMIT.minus(READY), "office", "train", "ship", "hotel");
    cluster.settle();

    assertThat(states()).containsOnly("ABORTED");
    assertThat(divergences("office") + divergences("train")).isZero();
    assertEverybodySpent(0, ALL);
  }

  @Test
  void whoCommittedAloneLearnsThatItDiverged() {
    on(TestDatabase.H2);
    boolean[] split = {false};
    cluster
        .network()
        .intercept(
            (what, from, to) -> {
              split[0] |= what.equals("answer to preCommit");
              if (split[0] && (from.service().equals("hotel") || to.service().equals("hotel"))) {
                throw new Network.BrokenConnectionException("the network is split");
              }
              if (split[0] && from.service().equals("office")) {
                from.die();
                throw new Crash.Death(from, "after the first preCommit");
              }
            });
    begin();
    later(READY, "train", "ship");
    later(PRE_COMMIT, "hotel");
    assertThat(states()).containsExactly("ABORTED", "ABORTED", "COMMITTED");
    assertThat(cause("hotel")).isEqualTo("TIMEOUT");

    heal();
    cluster.start("office");
    for (int i = 0; i < 4; i++) {
      later(LONG, "office", "train", "ship", "hotel");
    }

    assertThat(divergences("office")).isOne();
    assertThat(decision("state")).isEqualTo("DIVERGED");
    assertThat(Stream.of(ALL).mapToLong(this::divergences).sum()).isPositive();
  }

  @Test
  void whatDivergedSurvivesRestartsUntilAnOperatorResolvesIt() {
    on(TestDatabase.H2);
    isolate("train", "preCommit");
    begin();
    later(READY, "train");
    later(LONG, "office");
    heal();
    later(LONG, "office", "train");
    assertThat(decision("state")).isEqualTo("DIVERGED");
    Xid xid = xid();

    for (String service : List.of("office", "train")) {
      kill(service);
      cluster.start(service);
    }
    later(Duration.ofDays(30), "office", "train");
    assertThat(decision("state")).isEqualTo("DIVERGED");
    assertThat(state("train")).isEqualTo("ABORTED");

    assertThat(cluster.node("office").operator().resolve(xid, "ann", "refunded by hand")).isTrue();
    assertThat(cluster.node("train").operator().resolve(xid, "ann", "refunded by hand")).isTrue();
    assertThat(cluster.node("train").operator().resolve(xid, "ann", "again")).isFalse();
    assertThat(decision("state")).isEqualTo("DONE");
    assertThat(
            cluster.sql("train").queryForObject("select diverged from tcc_member", Integer.class))
        .isZero();
    assertThat(
            cluster
                .sql("train")
                .queryForObject(
                    "select count(*) from tcc_audit where action = 'RESOLVE'", Integer.class))
        .isOne();
  }

  // The initiator.

  @Test
  void preCommitIsNeitherAbortedByAQuestionNorParked() {
    on(TestDatabase.H2);
    isolate("ship", "preCommit");
    begin();
    Node office = cluster.node("office");
    GlobalTransaction transaction = office.decisions().find(xid()).orElseThrow().transaction();
    cluster.sql("office").update("update tcc_decision set attempts = 30");
    cluster.clock().advance(Node.TIMEOUT.plusSeconds(1));

    assertThat(
            office.system().inquiries().answer(new Inquiry(transaction, site("train"))).verdict())
        .isEqualTo(InquiryAnswer.Verdict.PRE_COMMIT);
    office.recovery().runOnce();

    assertThat(decision("attempts")).isEqualTo("31");
    assertThat(decision("outcome")).isEqualTo("PRE_COMMIT");
    assertThat(decision("state")).isEqualTo("DRIVING");
  }

  @Test
  void whileOneThatAnswersCannotPreCommitEverybodyWaits() {
    on(TestDatabase.H2);
    cluster.sql("ship").execute("alter table journal alter column what varchar(5)");
    assertThatThrownBy(() -> voyage().three())
        .isInstanceOf(GlobalTransactionInDoubtException.class)
        .hasMessageContaining("ship");
    later(LONG, "office", "train", "hotel");
    assertThat(decision("outcome")).isEqualTo("PRE_COMMIT");
    assertThat(states()).containsExactly("PRE_COMMITTED", "READY", "PRE_COMMITTED");

    cluster.sql("ship").execute("alter table journal alter column what varchar(20)");
    cluster.settle();

    assertThat(states()).containsOnly("COMMITTED");
    assertEverybodySpent(1, ALL);
  }

  @EveryDatabase
  void tccBranchesAndOwnBranchesEndWithTheOthers(TestDatabase kind) {
    on(kind);
    int before = cluster.node("office").dataSource().durableCommits().size();
    voyage().mixed();

    assertThat(cluster.node("office").dataSource().durableCommits().size() - before)
        .as("two Try, roll, PRE_COMMIT, preCommit; COMMIT with both completions")
        .isEqualTo(6);
    assertThat(journal("office")).containsExactly("PRE_COMMIT", "CONFIRM", "COMMIT");
    assertThat(journal("train")).containsExactly("PRE_COMMIT", "CONFIRM", "COMMIT");
    assertThat(state("office")).isEqualTo("COMMITTED");
    cluster.settle();
    assertEverybodySpent(2, "office", "train");
  }

  @Test
  void aLocalTransactionOfTheInitiatorIsRefused() {
    on(TestDatabase.H2);

    assertThatThrownBy(() -> voyage().ownInOneLocalTransaction())
        .hasMessageContaining("take @Transactional off");
    assertThatThrownBy(() -> voyage().inOneLocalTransaction())
        .isInstanceOf(GlobalTransactionAbortedException.class)
        .hasMessageContaining("take @Transactional off");

    assertThat(journal("office")).as("plain local work").isEmpty();
    assertThat(state("train")).isEqualTo("ABORTED");
  }

  @EveryDatabase
  void itCostsTwoCommitsForTheDecisionTwoPerParticipantAndFourRoundTrips(TestDatabase kind) {
    on(kind);
    int office = cluster.node("office").dataSource().durableCommits().size();
    int train = cluster.node("train").dataSource().durableCommits().size();
    int[] messages = {0};
    cluster.network().intercept((what, from, to) -> messages[0]++);
    voyage().one();

    assertThat(cluster.node("office").dataSource().durableCommits().size() - office).isEqualTo(2);
    assertThat(cluster.node("train").dataSource().durableCommits().size() - train)
        .as("CanCommit and DoCommit, as written by hand, and two")
        .isEqualTo(2 + 2);
    assertThat(messages[0]).as("each with its answer").isEqualTo(4 * 2);
  }
}
