package io.tcc.model;

import static org.assertj.core.api.Assertions.assertThat;

import io.tcc.model.PresumedAbort.Guard;
import io.tcc.model.PresumedAbort.Log;
import io.tcc.model.PresumedAbort.Row;
import org.junit.jupiter.api.Test;

/** State counts and lengths are facts of the model: a number that moves is a change of rules. */
class PresumedAbortTest {

  @Test
  void withAllGuardsTwoParticipantsAreSafeAndNeverStuck() {
    Exploration exploration = Explorer.explore(PresumedAbort.withAllGuards(2));

    assertThat(exploration.isSafeAndNeverStuck()).as("%s", exploration).isTrue();
    assertThat(exploration.states()).isEqualTo(1_088);
  }

  @Test
  void withAllGuardsThreeParticipantsAreSafeAndNeverStuck() {
    Exploration exploration = Explorer.explore(PresumedAbort.withAllGuards(3));

    assertThat(exploration.isSafeAndNeverStuck()).as("%s", exploration).isTrue();
    assertThat(exploration.states()).isEqualTo(21_996);
  }

  @Test
  void everybodyCanBeConfirmedAndEverybodyCanBeCancelled() {
    PresumedAbort model = PresumedAbort.withAllGuards(3);

    assertThat(Explorer.find(model, s -> s.log() == Log.COMMIT_DONE && all(s, Row.CONFIRMED)))
        .isPresent();
    assertThat(Explorer.find(model, s -> s.log() == Log.ABORT_DONE && all(s, Row.CANCELLED)))
        .isPresent();
  }

  @Test
  void anAnswerThatDoesNotInsertAbortIsOvertakenByTheCommit() {
    assertViolation(Guard.INQUIRY_INSERTS_ABORT, "confirm refused / cancel after confirm", 11);
  }

  @Test
  void aSecondDecisionContradictsTheFirst() {
    assertViolation(Guard.FIRST_INSERT_WINS, "confirm refused / cancel after confirm", 11);
  }

  @Test
  void aCommitOverACallWithoutAnAnswerConfirmsWhatIsNotThere() {
    assertViolation(Guard.UNKNOWN_FORBIDS_COMMIT, "confirm refused / cancel after confirm", 7);
  }

  @Test
  void aTryAfterItsCancelIsCancelledTwice() {
    assertViolation(Guard.CANCEL_LEAVES_TOMBSTONE, "double cancel", 6);
  }

  @Test
  void aRepeatedConfirmRunsTwice() {
    assertViolation(Guard.CONFIRM_ONCE, "double confirm", 10);
  }

  private static void assertViolation(Guard removed, String kind, int steps) {
    Exploration exploration = Explorer.explore(PresumedAbort.without(removed, 2));

    assertThat(exploration.counterexample())
        .as("%s", exploration)
        .hasValueSatisfying(
            trace -> {
              assertThat(trace.end()).isEqualTo(kind);
              assertThat(trace.steps()).hasSize(steps);
            });
  }

  private static boolean all(PresumedAbort.State state, Row row) {
    return state.branches().stream().allMatch(branch -> branch.row() == row);
  }
}
