package io.tcc.model;

import io.tcc.model.Scenario.Bits;
import io.tcc.model.Scenario.Time;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/**
 * A state of {@link CallTree}.
 *
 * @param inquirerWaits whether an instance of the initiator has found that a branch may be answered
 *     with ABORT, but has not inserted it yet
 * @param runs by number
 * @param calls by number
 * @param places by number
 */
record CallTreeState(
    Time time,
    Decision decision,
    boolean inquirerWaits,
    List<Run> runs,
    List<Call> calls,
    List<Place> places,
    Harm harm) {

  CallTreeState {
    runs = List.copyOf(runs);
    calls = List.copyOf(calls);
    places = List.copyOf(places);
  }

  /** What a step did that no step may do, where the state after it would not show it. */
  enum Harm {
    NONE,
    SECOND_OUTCOME,
    REFUSAL_SWALLOWED,
    CONFIRM_OF_NOTHING,
    CANCEL_AFTER_CONFIRM,
    EARLY_ABORT
  }

  enum Outcome {
    NONE,
    COMMIT,
    ABORT
  }

  /**
   * The decision row, and what became of it.
   *
   * @param outcome the first one that was inserted; kept here when the row is purged
   * @param named the places that it names, as bits
   * @param builtOn the runs that the initiator's answer stands on, as bits. Nobody in the system
   *     knows them; the judge of the model does
   * @param byInitiator whether the initiator inserted it, not an inquiry
   * @param completed services that did what was ordered, as bits
   * @param acknowledged services whose 200 arrived, as bits
   */
  record Decision(
      Outcome outcome,
      int named,
      int builtOn,
      boolean byInitiator,
      int completed,
      int acknowledged,
      boolean purged) {

    static final Decision NONE = new Decision(Outcome.NONE, 0, 0, false, 0, 0, false);

    static Decision commit(int named, int builtOn) {
      return new Decision(Outcome.COMMIT, named, builtOn, true, 0, 0, false);
    }

    static Decision abort(int named, boolean byInitiator) {
      return new Decision(Outcome.ABORT, named, 0, byInitiator, 0, 0, false);
    }

    boolean isThere() {
      return outcome != Outcome.NONE && !purged;
    }

    Decision completedBy(int service) {
      return new Decision(
          outcome, named, builtOn, byInitiator, completed | Bits.of(service), acknowledged, purged);
    }

    Decision acknowledgedBy(int service) {
      return new Decision(
          outcome, named, builtOn, byInitiator, completed, acknowledged | Bits.of(service), purged);
    }

    Decision purge() {
      return new Decision(outcome, named, builtOn, byInitiator, completed, acknowledged, true);
    }
  }

  enum Phase {
    NOT_STARTED,
    WORKING,
    ANSWERED,
    /** The initiator only: it has tried to insert its decision. */
    DECIDED
  }

  /**
   * What a run tells its caller, or the initiator itself.
   *
   * @param named places that hold branches, as bits
   * @param builtOn the runs it stands on, as bits; only for the judge
   * @param despiteRefusal whether a Try of one of them was refused; only for the judge
   */
  record Answer(boolean known, int named, int builtOn, boolean despiteRefusal) {

    static final Answer NONE = new Answer(true, 0, 0, false);
    static final Answer UNKNOWN = new Answer(false, 0, 0, false);
  }

  /**
   * An execution of a request, in the memory of its service.
   *
   * @param tried how many of its Try were committed
   * @param trying whether a Try has begun that has neither committed nor rolled back
   * @param refused whether one was refused
   */
  record Run(Phase phase, int tried, boolean trying, boolean refused, Answer answer) {

    static final Run NOT_STARTED = new Run(Phase.NOT_STARTED, 0, false, false, Answer.NONE);

    Run started() {
      return new Run(Phase.WORKING, tried, trying, refused, answer);
    }

    Run tryBegun() {
      return new Run(phase, tried, true, refused, answer);
    }

    Run tryCommitted() {
      return new Run(phase, tried + 1, false, refused, answer);
    }

    Run tryRolledBack() {
      return new Run(phase, tried, false, refused, answer);
    }

    Run tryRefused() {
      return new Run(phase, tried, false, true, answer);
    }

    Run answered(Answer given) {
      return new Run(Phase.ANSWERED, tried, trying, refused, given);
    }

    Run decided() {
      return new Run(Phase.DECIDED, tried, trying, refused, answer);
    }
  }

  enum Knowledge {
    NOT_MADE,
    OUT,
    KNOWN,
    UNKNOWN
  }

  /** A call, as its caller knows it. */
  record Call(Knowledge knowledge, Answer answer) {

    static final Call NOT_MADE = new Call(Knowledge.NOT_MADE, Answer.NONE);
    static final Call OUT = new Call(Knowledge.OUT, Answer.NONE);
    static final Call UNKNOWN = new Call(Knowledge.UNKNOWN, Answer.UNKNOWN);

    static Call answered(Answer answer) {
      return answer.known() ? new Call(Knowledge.KNOWN, answer) : UNKNOWN;
    }

    boolean isMade() {
      return knowledge != Knowledge.NOT_MADE;
    }
  }

  enum RowState {
    TRIED,
    CONFIRMED,
    CANCELLED
  }

  /**
   * A branch.
   *
   * @param runs that were told that it is theirs, as bits; only for the judge
   */
  record Row(RowState state, int runs) {

    Row in(RowState changed) {
      return new Row(changed, runs);
    }
  }

  /**
   * The rows of a call path at a service.
   *
   * @param owner ordinal 0: the run whose nonce it holds; {@link #NOBODY} if it is not there, or a
   *     tombstone
   * @param cancelled ordinal 0: whether it refuses every Try
   * @param rows ordinals 1 and up
   * @param parked whether they wait for an operator
   * @param seenEmpty whether a Cancel is under way that has seen no branch here
   */
  record Place(
      int owner,
      boolean cancelled,
      List<Row> rows,
      boolean parked,
      boolean seenEmpty,
      boolean purgedConfirmed) {

    static final int NOBODY = -1;
    private static final int ANYBODY = -1;
    static final Place EMPTY = new Place(NOBODY, false, List.of(), false, false, false);

    Place {
      rows = List.copyOf(rows);
    }

    boolean holds(RowState state) {
      return holdsOf(state, ANYBODY);
    }

    /** Asked of every state: a loop, because a stream would double the time of an exploration. */
    boolean holdsOf(RowState state, int runs) {
      for (Row row : rows) {
        if (row.state() == state && (row.runs() & runs) != 0) {
          return true;
        }
      }
      return false;
    }

    boolean asks() {
      return !parked && holds(RowState.TRIED);
    }

    Place ownedBy(int run) {
      return new Place(run, cancelled, rows, parked, seenEmpty, purgedConfirmed);
    }

    Place with(int ordinal, Row row) {
      List<Row> changed = new ArrayList<>(rows);
      if (ordinal > rows.size()) {
        changed.add(row);
      } else {
        changed.set(ordinal - 1, row);
      }
      return new Place(owner, cancelled, changed, parked, seenEmpty, purgedConfirmed);
    }

    Place completed(RowState to) {
      return new Place(
          owner,
          cancelled,
          rows.stream().map(row -> row.state() == RowState.TRIED ? row.in(to) : row).toList(),
          false,
          seenEmpty,
          purgedConfirmed);
    }

    Place fenced() {
      return new Place(owner, true, rows, parked, false, purgedConfirmed);
    }

    Place park() {
      return new Place(owner, cancelled, rows, true, seenEmpty, purgedConfirmed);
    }

    /** No row is left; only this model knows what they were. */
    Place purged() {
      return new Place(
          NOBODY, false, List.of(), false, false, purgedConfirmed || holds(RowState.CONFIRMED));
    }

    Place seesEmpty() {
      return new Place(owner, cancelled, rows, parked, true, purgedConfirmed);
    }
  }

  static CallTreeState initial(Scenario scenario) {
    List<Run> runs = new ArrayList<>(Collections.nCopies(scenario.runs().size(), Run.NOT_STARTED));
    runs.set(0, Run.NOT_STARTED.started());
    return new CallTreeState(
        Time.BEFORE_DEADLINE,
        Decision.NONE,
        false,
        runs,
        Collections.nCopies(scenario.calls().size(), Call.NOT_MADE),
        Collections.nCopies(scenario.places().size(), Place.EMPTY),
        Harm.NONE);
  }

  Run run(int number) {
    return runs.get(number);
  }

  Call call(int number) {
    return calls.get(number);
  }

  Place place(int number) {
    return places.get(number);
  }

  CallTreeState at(Time changed) {
    return new CallTreeState(changed, decision, inquirerWaits, runs, calls, places, harm);
  }

  CallTreeState with(Decision changed) {
    return new CallTreeState(time, changed, inquirerWaits, runs, calls, places, harm);
  }

  CallTreeState inquirerWaits(boolean waits) {
    return new CallTreeState(time, decision, waits, runs, calls, places, harm);
  }

  CallTreeState run(int number, Run changed) {
    return new CallTreeState(
        time, decision, inquirerWaits, replaced(runs, number, changed), calls, places, harm);
  }

  CallTreeState call(int number, Call changed) {
    return new CallTreeState(
        time, decision, inquirerWaits, runs, replaced(calls, number, changed), places, harm);
  }

  CallTreeState place(int number, Place changed) {
    return new CallTreeState(
        time, decision, inquirerWaits, runs, calls, replaced(places, number, changed), harm);
  }

  CallTreeState harmed(Harm done) {
    return new CallTreeState(time, decision, inquirerWaits, runs, calls, places, done);
  }

  private static <T> List<T> replaced(List<T> list, int index, T element) {
    List<T> changed = new ArrayList<>(list);
    changed.set(index, element);
    return changed;
  }
}
