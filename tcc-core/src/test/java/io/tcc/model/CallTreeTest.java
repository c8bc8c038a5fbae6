package io.tcc.model;

import static org.assertj.core.api.Assertions.assertThat;

import io.tcc.model.CallTree.Guard;
import io.tcc.model.CallTreeState.Outcome;
import io.tcc.model.CallTreeState.Place;
import io.tcc.model.CallTreeState.RowState;
import io.tcc.model.Scenario.Request;
import io.tcc.model.Scenario.Time;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;

/** State counts and lengths are facts of the model: a number that moves is a change of rules. */
class CallTreeTest {

  private static final Scenario OWN_WORK_AND_A_CALL =
      Scenario.of("own work and a call", Time.AFTER_RETENTION, 1, new Request("1", "P", 1));

  private static final Scenario TWO_CALLS =
      Scenario.of(
          "two calls", Time.AFTER_RETENTION, 0, new Request("1", "P", 1), new Request("2", "Q", 1));

  private static final Scenario NESTED_CALL =
      Scenario.of(
          "nested call",
          Time.AFTER_RETENTION,
          0,
          new Request("1", "P", 1, new Request("1.1", "Q", 1)));

  private static final Scenario CALL_COMES_BACK =
      Scenario.of(
          "call comes back to the same service",
          Time.AFTER_DEADLINE,
          0,
          new Request("1", "P", 1, new Request("1.1", "Q", 1, new Request("1.1.1", "P", 1))));

  private static final Scenario TWO_TRIES_REPEATED =
      Scenario.of(
          "two Try, request repeated",
          Time.AFTER_RETENTION,
          0,
          new Request("1", "P", 2).repeated());

  private static final Scenario OWN_WORK_AND_A_REPEATED_CALL =
      Scenario.of(
          "own work and a repeated call",
          Time.AFTER_RETENTION,
          1,
          new Request("1", "P", 1).repeated());

  private static final Scenario OWN_WORK_AND_A_REPEATED_CALL_WITHIN_RETENTION =
      Scenario.of(
          "own work and a repeated call, within the retention",
          Time.AFTER_DEADLINE,
          1,
          new Request("1", "P", 1).repeated());

  private static final Scenario REPEATED_CALL_TO_ITSELF =
      Scenario.of(
          "own work and a repeated call to itself",
          Time.AFTER_RETENTION,
          1,
          new Request("1", "I", 1).repeated());

  private static final Scenario REPEATED_CALL_NESTS =
      Scenario.of(
          "repeated call makes a nested one",
          Time.AFTER_RETENTION,
          0,
          new Request("1", "P", 0, new Request("1.1", "Q", 1)).repeated());

  /** The handler decides by chance, or by what it reads, which service it calls first. */
  private static final Scenario REPEATED_CALL_DIVERGES =
      Scenario.of(
          "repeated call nests another one than the first time",
          Time.AFTER_DEADLINE,
          0,
          new Request("1", "P", 0, new Request("1.1", "Q", 1), new Request("1.1", "R", 1))
              .repeated());

  private static final Scenario REPEATED_CALL_WORKS_AND_NESTS =
      Scenario.of(
          "repeated call works and makes a nested one",
          Time.AFTER_DEADLINE,
          0,
          new Request("1", "P", 1, new Request("1.1", "Q", 1)).repeated());

  @Nested
  class WithAllGuards {

    @Test
    void ownWorkAndACallAreSafeAndNeverStuck() {
      assertSafeAndNeverStuck(OWN_WORK_AND_A_CALL, 7_921);
    }

    @Test
    void twoCallsAreSafeAndNeverStuck() {
      assertSafeAndNeverStuck(TWO_CALLS, 30_844);
    }

    @Test
    void aNestedCallIsSafeAndNeverStuck() {
      assertSafeAndNeverStuck(NESTED_CALL, 11_318);
    }

    @Test
    void aCallThatComesBackIsSafeAndNeverStuck() {
      assertSafeAndNeverStuck(CALL_COMES_BACK, 51_616);
    }

    @Test
    void severalTryOfARequestThatIsRepeatedAreSafeAndNeverStuck() {
      assertSafeAndNeverStuck(TWO_TRIES_REPEATED, 20_696);
    }

    @Test
    void aRepeatedCallBesideOwnWorkIsSafeAndNeverStuck() {
      assertSafeAndNeverStuck(OWN_WORK_AND_A_REPEATED_CALL, 110_721);
    }

    @Test
    void aRepeatedCallToTheInitiatorItselfIsSafeAndNeverStuck() {
      assertSafeAndNeverStuck(REPEATED_CALL_TO_ITSELF, 60_885);
    }

    @Test
    void aRepeatedCallThatNestsIsSafeAndNeverStuck() {
      assertSafeAndNeverStuck(REPEATED_CALL_NESTS, 104_466);
    }

    @Test
    void aRepeatedCallThatDivergesIsSafeAndNeverStuck() {
      assertSafeAndNeverStuck(REPEATED_CALL_DIVERGES, 164_384);
    }

    /** A quarter of a minute on two idle cores, and a gigabyte: not in every build. */
    @Test
    @EnabledIfSystemProperty(named = "tcc.model.large", matches = "true")
    void aRepeatedCallThatWorksAndNestsIsSafeAndNeverStuck() {
      assertSafeAndNeverStuck(REPEATED_CALL_WORKS_AND_NESTS, 674_371);
    }

    private static void assertSafeAndNeverStuck(Scenario scenario, int states) {
      Exploration exploration = Explorer.explore(CallTree.withAllGuards(scenario));

      assertThat(exploration.isSafeAndNeverStuck()).as("%s", exploration).isTrue();
      assertThat(exploration.states()).isEqualTo(states);
    }
  }

  /** A model in which nothing happens would be safe too. */
  @Nested
  class CanHappen {

    @Test
    void allBranchesOfANestedCallAreConfirmedAndTheDecisionIsPurged() {
      assertCanHappen(
          NESTED_CALL,
          s ->
              s.decision().outcome() == Outcome.COMMIT
                  && s.decision().purged()
                  && hold(s, RowState.CONFIRMED, 1, 2));
    }

    @Test
    void allBranchesOfANestedCallAreCancelledThoughAbortCannotNameTheNestedOne() {
      assertCanHappen(NESTED_CALL, s -> hold(s, RowState.CANCELLED, 1, 2));
    }

    @Test
    void allTryOfARepeatedRequestAreConfirmedOnce() {
      assertCanHappen(
          TWO_TRIES_REPEATED,
          s ->
              s.run(2).refused()
                  && s.place(1).rows().size() == 2
                  && hold(s, RowState.CONFIRMED, 1));
    }

    @Test
    void theRunThatNobodyHeardOfIsCancelledBesideTheCommit() {
      assertCanHappen(
          OWN_WORK_AND_A_REPEATED_CALL,
          s -> hold(s, RowState.CONFIRMED, 0) && hold(s, RowState.CANCELLED, 1));
    }

    @Test
    void aTryMeetsATombstone() {
      assertCanHappen(
          TWO_CALLS,
          s -> s.time() == Time.BEFORE_DEADLINE && s.place(1).cancelled() && s.run(1).refused());
    }

    @Test
    void aBranchIsParkedBecauseItsDecisionIsForgotten() {
      assertCanHappen(NESTED_CALL, s -> s.decision().purged() && s.place(2).parked());
    }

    private static void assertCanHappen(Scenario scenario, Predicate<CallTreeState> condition) {
      assertThat(Explorer.find(CallTree.withAllGuards(scenario), condition)).isPresent();
    }

    private static boolean hold(CallTreeState state, RowState rowState, int... places) {
      return Arrays.stream(places).mapToObj(state::place).allMatch(p -> holdsOnly(p, rowState));
    }

    private static boolean holdsOnly(Place place, RowState state) {
      Set<RowState> states =
          place.rows().stream().map(CallTreeState.Row::state).collect(Collectors.toSet());
      return states.equals(Set.of(state));
    }
  }

  /** Rule 1: unknown forbids commit, and travels up. */
  @Nested
  class Unknown {

    @Test
    void aCommitOverACallWithoutAnAnswerLeavesThatCallOut() {
      assertViolation(
          Guard.UNKNOWN_FORBIDS_COMMIT,
          OWN_WORK_AND_A_CALL,
          "half outcome: committed, and part of it cancelled",
          9);
    }

    @Test
    void aParticipantThatHidesAnUnansweredCallLetsItBeLeftOut() {
      assertViolation(
          Guard.UNKNOWN_TRAVELS_UP,
          NESTED_CALL,
          "half outcome: committed, and part of it cancelled",
          13);
    }

    @Test
    void anAnswerBeforeATryHasEndedLeavesThatTryOut() {
      assertViolation(
          Guard.TRY_IN_FLIGHT_IS_UNKNOWN,
          OWN_WORK_AND_A_CALL,
          "half outcome: committed, and part of it cancelled",
          11);
    }

    @Test
    void aTryThatBeginsAfterTheAnswerIsLeftOut() {
      assertViolation(
          Guard.NO_TRY_AFTER_THE_ANSWER,
          OWN_WORK_AND_A_CALL,
          "half outcome: committed, and part of it cancelled",
          11);
    }

    @Test
    void aSecondTryAfterTheAnswerIsReservedWhenTheCommitIsDone() {
      assertViolation(
          Guard.NO_TRY_AFTER_THE_ANSWER, TWO_TRIES_REPEATED, "done, and still reserved", 12);
    }
  }

  /** Rule 2: a call is a path, executed once. */
  @Nested
  class Paths {

    @Test
    void withoutANonceTheWorkOfARunThatNobodyHeardOfIsConfirmed() {
      assertViolation(
          Guard.ONE_RUN_OWNS_A_CALL,
          TWO_TRIES_REPEATED,
          "confirmed, though no answer stands for it",
          14);
    }

    @Test
    void aRefusalThatIsNotAnsweredAsUnknownCanBeSwallowed() {
      assertViolation(
          Guard.REFUSED_IS_UNKNOWN,
          TWO_TRIES_REPEATED,
          "committed, and a refused Try was swallowed",
          10);
    }

    @Test
    void aConfirmOfAllBranchesConfirmsWhatTheCommitDoesNotName() {
      assertViolation(
          Guard.CONFIRM_PER_PATH,
          REPEATED_CALL_TO_ITSELF,
          "confirmed, though no answer stands for it",
          12);
    }

    @Test
    void anAnswerForAllBranchesConfirmsWhatTheCommitDoesNotName() {
      assertViolation(
          Guard.INQUIRY_PER_PATH,
          OWN_WORK_AND_A_REPEATED_CALL,
          "confirmed, though no answer stands for it",
          12);
    }

    @Test
    void aPathWithoutItsServiceNamesTheWrongBranch() {
      assertViolation(
          Guard.PATHS_WITH_SERVICES,
          REPEATED_CALL_DIVERGES,
          "confirmed, though no answer stands for it",
          18);
    }

    @Test
    void whatTheCommitDoesNotNameStaysReservedForEverUnlessItIsCancelled() {
      assertViolation(
          Guard.UNNAMED_IS_CANCELLED, OWN_WORK_AND_A_REPEATED_CALL_WITHIN_RETENTION, "stuck", 11);
    }

    @Test
    void callsThatAreNotNumberedAsPathsRefuseEachOther() {
      assertThat(bothCallsOfOneServiceCommitted("1.1")).isTrue();
      assertThat(bothCallsOfOneServiceCommitted("2")).isFalse();
    }

    /** The initiator calls Q, and P, which calls Q too. */
    private static boolean bothCallsOfOneServiceCommitted(String pathOfNested) {
      Scenario scenario =
          Scenario.of(
              "two ways to one service, the nested call has path " + pathOfNested,
              Time.AFTER_DEADLINE,
              0,
              new Request("1", "P", 0, new Request(pathOfNested, "Q", 1)),
              new Request("2", "Q", 1));
      List<String> runs = scenario.runs().stream().map(Scenario.Run::name).toList();
      assertThat(runs).filteredOn(name -> name.contains("@Q")).hasSize(2);
      return Explorer.find(
              CallTree.withAllGuards(scenario),
              s ->
                  s.decision().outcome() == Outcome.COMMIT
                      && s.run(2).tried() == 1
                      && s.run(3).tried() == 1)
          .isPresent();
    }
  }

  /** Rule 4, and what ABORT names: the fence. */
  @Nested
  class Fences {

    @Test
    void anAbortThatDoesNotNameACallInFlightIsDoneWhileThatReserves() {
      assertViolation(
          Guard.ABORT_NAMES_ATTEMPTED_CALLS, OWN_WORK_AND_A_CALL, "done, and still reserved", 6);
    }

    @Test
    void aTryAfterACancelThatLeavesNoFenceReserves() {
      assertViolation(Guard.CANCEL_FENCES, OWN_WORK_AND_A_CALL, "done, and still reserved", 6);
    }

    @Test
    void aTryThatLooksBeforeItHasTheLockMissesTheCancel() {
      assertViolation(
          Guard.TRY_LOOKS_BEHIND_THE_LOCK, OWN_WORK_AND_A_CALL, "done, and still reserved", 6);
    }

    @Test
    void aCancelThatLooksBeforeItHasTheLockMissesTheTry() {
      assertViolation(
          Guard.CANCEL_LOOKS_BEHIND_THE_LOCK, OWN_WORK_AND_A_CALL, "done, and still reserved", 7);
    }

    @Test
    void aTryAfterTheDeadlineComesWhenTheTombstoneIsGone() {
      assertViolation(
          Guard.NO_TRY_AFTER_THE_DEADLINE, OWN_WORK_AND_A_CALL, "done, and still reserved", 8);
    }

    @Test
    void aTryThatLooksAtTheClockOnArrivalOnlyComesWhenTheTombstoneIsGone() {
      assertViolation(
          Guard.DEADLINE_BEHIND_THE_LOCK, OWN_WORK_AND_A_CALL, "done, and still reserved", 8);
    }

    @Test
    void aTombstoneThatIsPurgedBeforeTheDeadlineRefusesNothing() {
      assertViolation(
          Guard.TOMBSTONE_OUTLIVES_THE_DEADLINE,
          OWN_WORK_AND_A_CALL,
          "done, and still reserved",
          7);
    }
  }

  /** Rule 10: forgotten is not aborted. */
  @Nested
  class Purging {

    @Test
    void oneAcknowledgementDoesNotSpeakForAnotherService() {
      assertViolation(
          Guard.ACKNOWLEDGED_PER_SERVICE, OWN_WORK_AND_A_CALL, "done, and still reserved", 7);
    }

    @Test
    void aDecisionThatIsPurgedUnacknowledgedLeavesItsBranchesReserved() {
      assertViolation(
          Guard.PURGED_WHEN_ACKNOWLEDGED, OWN_WORK_AND_A_CALL, "done, and still reserved", 7);
    }

    @Test
    void anAbortThatIsPurgedBeforeTheRetentionLetsASlowInitiatorCommit() {
      assertViolation(
          Guard.PURGED_AFTER_RETENTION, OWN_WORK_AND_A_CALL, "both outcomes were decided", 7);
    }

    @Test
    void anInquiryBeforeTheDeadlineAbortsWorkThatIsUnderWay() {
      assertViolation(
          Guard.PENDING_BEFORE_THE_DEADLINE,
          OWN_WORK_AND_A_CALL,
          "aborted by an inquiry before the deadline",
          3);
    }

    @Test
    void anInquiryAfterTheRetentionAbortsWhatWasCommittedAndForgotten() {
      assertViolation(
          Guard.FORGOTTEN_IS_PARKED,
          OWN_WORK_AND_A_REPEATED_CALL,
          "both outcomes were decided",
          17);
    }

    @Test
    void anInquiryThatSleepsBeforeItsInsertAbortsWhatWasCommittedAndForgotten() {
      assertViolation(
          Guard.ABORT_INSERTED_WITHIN_RETENTION,
          OWN_WORK_AND_A_CALL,
          "both outcomes were decided",
          11);
    }

    @Test
    void anInitiatorThatSleepsBeforeItsInsertCommitsWhatWasAbortedAndForgotten() {
      assertViolation(
          Guard.COMMIT_INSERTED_WITHIN_RETENTION,
          OWN_WORK_AND_A_CALL,
          "both outcomes were decided",
          8);
    }

    @Test
    void aRepeatedConfirmOfWhatIsPurgedIsNoConflict() {
      assertViolation(
          Guard.CONFIRM_OF_THE_PURGED_IS_DONE,
          OWN_WORK_AND_A_CALL,
          "Confirm of what is not there",
          9);
    }
  }

  private static void assertViolation(Guard removed, Scenario scenario, String kind, int steps) {
    Exploration exploration = Explorer.explore(CallTree.without(removed, scenario));

    assertThat(exploration.counterexample())
        .as("%s", exploration)
        .hasValueSatisfying(
            trace -> {
              assertThat(trace.end()).isEqualTo(kind);
              assertThat(trace.steps()).hasSize(steps);
            });
  }
}
