package io.tcc.model;

import io.tcc.model.CallTreeState.Answer;
import io.tcc.model.CallTreeState.Call;
import io.tcc.model.CallTreeState.Decision;
import io.tcc.model.CallTreeState.Harm;
import io.tcc.model.CallTreeState.Knowledge;
import io.tcc.model.CallTreeState.Outcome;
import io.tcc.model.CallTreeState.Phase;
import io.tcc.model.CallTreeState.Place;
import io.tcc.model.CallTreeState.Row;
import io.tcc.model.CallTreeState.RowState;
import io.tcc.model.CallTreeState.Run;
import io.tcc.model.Scenario.Bits;
import io.tcc.model.Scenario.Time;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.function.BiConsumer;
import java.util.function.Predicate;

/**
 * What lies around the decision: calls that make calls, several Try per call, requests that are
 * executed twice, and rows that are purged.
 *
 * <ol>
 *   <li>A run of a request does its Try and its calls in any order, leaves out what it likes, and
 *       answers with the places that hold its branches, or that it does not know. The initiator's
 *       run answers to itself: that is the decision it wants.
 *   <li>It inserts that decision at any later time, or never.
 *   <li>What is decided is driven to the services that it names, at any later time, any number of
 *       times, or never; also after its row is purged.
 *   <li>A service asks for a branch that is still reserved. Where nothing is decided, ABORT is
 *       inserted after the deadline.
 *   <li>Rows are purged.
 * </ol>
 *
 * <p>Dying is not a step: whatever dies is a run that takes no further one. Steps that another
 * service or instance takes need nothing but what is durable.
 *
 * @param scenario who may call whom
 * @param guards the rules in force
 */
record CallTree(Scenario scenario, Set<Guard> guards) implements Model<CallTreeState> {

  /** The rules. Without any one of them there is a violation, in some scenario. */
  enum Guard {
    /** Rule 1: a call that was not answered, or with unknown, forbids the commit. */
    UNKNOWN_FORBIDS_COMMIT,
    /** Rule 1: a run that made such a call answers that it does not know either. */
    UNKNOWN_TRAVELS_UP,
    /** Rule 1: so does one with a Try that has not ended. */
    TRY_IN_FLIGHT_IS_UNKNOWN,
    /** Rule 1 and 4: no Try begins after the run has answered. */
    NO_TRY_AFTER_THE_ANSWER,

    /** Rule 2: a call belongs to the run whose nonce is in ordinal 0; Try of others are refused. */
    ONE_RUN_OWNS_A_CALL,
    /** Rule 2: a run with a refused Try answers that it does not know. */
    REFUSED_IS_UNKNOWN,
    /** Rule 2: Confirm completes the paths that COMMIT names, not all of the transaction. */
    CONFIRM_PER_PATH,
    /** Rule 2: so does the answer to an inquiry. */
    INQUIRY_PER_PATH,
    /** Rule 2: a path is named together with its service. */
    PATHS_WITH_SERVICES,
    /** Rule 2: what a COMMIT does not name is cancelled. */
    UNNAMED_IS_CANCELLED,

    /** Section 2: the initiator's ABORT names the calls that it attempted. */
    ABORT_NAMES_ATTEMPTED_CALLS,
    /** Rule 4: Cancel marks ordinal 0, or inserts it marked. */
    CANCEL_FENCES,
    /** Rule 4: a Try looks at the fence when it has its lock. */
    TRY_LOOKS_BEHIND_THE_LOCK,
    /** Rule 4: a Cancel looks for branches when it has the lock. */
    CANCEL_LOOKS_BEHIND_THE_LOCK,
    /** Rule 4: a Try after the deadline is refused. */
    NO_TRY_AFTER_THE_DEADLINE,
    /** Not in the rules: it looks at the clock when it has the lock, not when it arrives. */
    DEADLINE_BEHIND_THE_LOCK,
    /** Not in the rules: a tombstone is not purged before the deadline. */
    TOMBSTONE_OUTLIVES_THE_DEADLINE,

    /** Rule 10: a decision is done when each service has acknowledged. */
    ACKNOWLEDGED_PER_SERVICE,
    /** Rule 10: it is purged only then. */
    PURGED_WHEN_ACKNOWLEDGED,
    /** Rule 10: and only after the retention. */
    PURGED_AFTER_RETENTION,
    /** Rule 10: an inquiry before the deadline inserts nothing. */
    PENDING_BEFORE_THE_DEADLINE,
    /** Rule 10: nor does one after the retention; the branch is parked. */
    FORGOTTEN_IS_PARKED,
    /** Not in the rules: the INSERT of an inquiry itself fails after the retention. */
    ABORT_INSERTED_WITHIN_RETENTION,
    /** Not in the rules: so does the INSERT of the initiator. */
    COMMIT_INSERTED_WITHIN_RETENTION,
    /**
     * Not in the rules: a Confirm of what is not there any more is a success after the retention,
     * because branches are purged by their age alone.
     */
    CONFIRM_OF_THE_PURGED_IS_DONE
  }

  static CallTree withAllGuards(Scenario scenario) {
    return new CallTree(scenario, EnumSet.allOf(Guard.class));
  }

  static CallTree without(Guard removed, Scenario scenario) {
    return new CallTree(scenario, EnumSet.complementOf(EnumSet.of(removed)));
  }

  @Override
  public CallTreeState initial() {
    return CallTreeState.initial(scenario);
  }

  @Override
  public void steps(CallTreeState from, BiConsumer<String, CallTreeState> step) {
    if (from.time().compareTo(scenario.end()) < 0) {
      Time next = Time.values()[from.time().ordinal() + 1];
      step.accept("time: " + words(next), from.at(next));
    }
    for (int run = 0; run < from.runs().size(); run++) {
      work(from, run, step);
    }
    decide(from, step);
    drive(from, step);
    inquire(from, step);
    purge(from, step);
  }

  // ---- work ----

  private void work(CallTreeState from, int number, BiConsumer<String, CallTreeState> step) {
    Run run = from.run(number);
    String name = scenario.runs().get(number).name();
    int call = scenario.runs().get(number).call();
    if (run.phase() == Phase.NOT_STARTED) {
      if (from.call(call).isMade()) {
        step.accept(name + " starts", from.run(number, run.started()));
      }
      return;
    }
    if (run.trying()) {
      step.accept(name + " commits its Try", tryCommitted(from, number));
      step.accept(name + " rolls its Try back", from.run(number, run.tryRolledBack()));
    } else if (!run.refused()
        && run.tried() < scenario.runs().get(number).tries()
        && (run.phase() == Phase.WORKING || lacks(Guard.NO_TRY_AFTER_THE_ANSWER))) {
      step.accept(name + " begins a Try", tryBegun(from, number));
    }
    if (run.phase() == Phase.WORKING) {
      for (int made : scenario.runs().get(number).calls()) {
        call(from, number, made, step);
      }
      step.accept(name + " answers", from.run(number, run.answered(answer(from, number))));
    }
  }

  private void call(
      CallTreeState from, int caller, int number, BiConsumer<String, CallTreeState> step) {
    String way = scenario.runs().get(caller).name() + " to " + scenario.calls().get(number).name();
    switch (from.call(number).knowledge()) {
      case NOT_MADE -> {
        boolean alternativeMade =
            scenario.runs().get(caller).calls().stream()
                .anyMatch(o -> scenario.isAlternative(number, o) && from.call(o).isMade());
        if (!alternativeMade) {
          step.accept("call from " + way, from.call(number, Call.OUT));
        }
      }
      case OUT -> {
        for (int run : scenario.calls().get(number).runs()) {
          if (from.run(run).phase() == Phase.ANSWERED) {
            step.accept(
                "answer of "
                    + scenario.runs().get(run).name()
                    + " reaches "
                    + scenario.runs().get(caller).name(),
                from.call(number, Call.answered(from.run(run).answer())));
          }
        }
      }
      case KNOWN, UNKNOWN -> {}
    }
  }

  private CallTreeState tryBegun(CallTreeState from, int number) {
    Run run = from.run(number);
    boolean late = from.time() != Time.BEFORE_DEADLINE && has(Guard.NO_TRY_AFTER_THE_DEADLINE);
    boolean fenced =
        lacks(Guard.TRY_LOOKS_BEHIND_THE_LOCK)
            && from.place(scenario.runs().get(number).place()).cancelled();
    return from.run(number, late || fenced ? run.tryRefused() : run.tryBegun());
  }

  /** From the lock on the fence to the commit nobody else can look, so it is one step. */
  private CallTreeState tryCommitted(CallTreeState from, int number) {
    Run run = from.run(number);
    int placeNumber = scenario.runs().get(number).place();
    Place place = from.place(placeNumber);
    boolean late =
        from.time() != Time.BEFORE_DEADLINE
            && has(Guard.NO_TRY_AFTER_THE_DEADLINE)
            && has(Guard.DEADLINE_BEHIND_THE_LOCK);
    boolean fenced = place.cancelled() && has(Guard.TRY_LOOKS_BEHIND_THE_LOCK);
    boolean foreign =
        place.owner() != Place.NOBODY && place.owner() != number && has(Guard.ONE_RUN_OWNS_A_CALL);
    if (late || fenced || foreign) {
      return from.run(number, run.tryRefused());
    }
    int ordinal = run.tried() + 1;
    Place owned = place.owner() == Place.NOBODY ? place.ownedBy(number) : place;
    Place recorded;
    if (ordinal > place.rows().size()) {
      recorded = owned.with(place.rows().size() + 1, new Row(RowState.TRIED, Bits.of(number)));
    } else {
      // The key is there: without a nonce that is taken for one's own repetition, and a success.
      Row there = place.rows().get(ordinal - 1);
      recorded = owned.with(ordinal, new Row(there.state(), there.runs() | Bits.of(number)));
    }
    return from.run(number, run.tryCommitted()).place(placeNumber, recorded);
  }

  private Answer answer(CallTreeState from, int number) {
    Run run = from.run(number);
    if ((run.trying() && has(Guard.TRY_IN_FLIGHT_IS_UNKNOWN))
        || (run.refused() && has(Guard.REFUSED_IS_UNKNOWN))) {
      return Answer.UNKNOWN;
    }
    Guard forbids = number == 0 ? Guard.UNKNOWN_FORBIDS_COMMIT : Guard.UNKNOWN_TRAVELS_UP;
    int named = run.tried() > 0 ? Bits.of(scenario.runs().get(number).place()) : 0;
    int builtOn = Bits.of(number);
    boolean despiteRefusal = run.refused();
    for (int made : scenario.runs().get(number).calls()) {
      Call call = from.call(made);
      boolean unanswered =
          call.knowledge() == Knowledge.OUT || call.knowledge() == Knowledge.UNKNOWN;
      if (unanswered && has(forbids)) {
        return Answer.UNKNOWN;
      }
      named |= call.answer().named();
      builtOn |= unanswered ? scenario.calls().get(made).subtree() : call.answer().builtOn();
      despiteRefusal |= call.answer().despiteRefusal();
    }
    return new Answer(true, named, builtOn, despiteRefusal);
  }

  // ---- decide ----

  private void decide(CallTreeState from, BiConsumer<String, CallTreeState> step) {
    Run initiator = from.run(0);
    if (initiator.phase() != Phase.ANSWERED) {
      return;
    }
    CallTreeState decided = from.run(0, initiator.decided());
    Answer answer = initiator.answer();
    if (answer.known() && answer.named() == 0) {
      step.accept("the initiator holds no branch and writes nothing", decided);
    } else if (answer.known()) {
      CallTreeState committed =
          inserted(decided, Decision.commit(answer.named(), answer.builtOn()));
      step.accept(
          "the initiator inserts COMMIT of " + scenario.names(answer.named()),
          answer.despiteRefusal() && committed.decision().outcome() == Outcome.COMMIT
              ? committed.harmed(Harm.REFUSAL_SWALLOWED)
              : committed);
    }
    int named = namedByAbort(from);
    step.accept(
        "the initiator inserts ABORT of " + scenario.names(named),
        inserted(decided, Decision.abort(named, true)));
  }

  private CallTreeState inserted(CallTreeState from, Decision wanted) {
    if (from.decision().isThere()
        || (from.time() == Time.AFTER_RETENTION && has(Guard.COMMIT_INSERTED_WITHIN_RETENTION))) {
      return from;
    }
    return from.decision().purged() && from.decision().outcome() != wanted.outcome()
        ? from.harmed(Harm.SECOND_OUTCOME)
        : from.with(wanted);
  }

  private int namedByAbort(CallTreeState from) {
    Run initiator = from.run(0);
    int named =
        initiator.tried() > 0 || initiator.trying() ? Bits.of(scenario.runs().get(0).place()) : 0;
    for (int made : scenario.runs().get(0).calls()) {
      named |= from.call(made).answer().named();
      if (from.call(made).isMade() && has(Guard.ABORT_NAMES_ATTEMPTED_CALLS)) {
        named |= Bits.of(scenario.calls().get(made).place());
      }
    }
    return named;
  }

  // ---- drive ----

  private void drive(CallTreeState from, BiConsumer<String, CallTreeState> step) {
    Decision decision = from.decision();
    if (decision.outcome() == Outcome.NONE) {
      return;
    }
    for (int service = 0; service < scenario.services().size(); service++) {
      if (!isNamed(service, decision)) {
        continue;
      }
      String name = scenario.services().get(service);
      step.accept(name + " is told " + decision.outcome(), driven(from, service));
      if (lacks(Guard.CANCEL_LOOKS_BEHIND_THE_LOCK) && decision.outcome() == Outcome.ABORT) {
        lookTooEarly(from, service, step);
      }
      if (!decision.purged()
          && Bits.has(decision.completed(), service)
          && !Bits.has(decision.acknowledged(), service)) {
        step.accept(
            "acknowledgement of " + name + " arrives", from.with(decision.acknowledgedBy(service)));
      }
    }
  }

  private CallTreeState driven(CallTreeState from, int service) {
    CallTreeState completed =
        from.decision().outcome() == Outcome.COMMIT
            ? committed(from, service, has(Guard.CONFIRM_PER_PATH))
            : aborted(from, service, true);
    return completed.with(completed.decision().completedBy(service));
  }

  private void lookTooEarly(
      CallTreeState from, int service, BiConsumer<String, CallTreeState> step) {
    for (int number = 0; number < from.places().size(); number++) {
      Place place = from.place(number);
      if (isAt(service, number) && place.rows().isEmpty() && !place.seenEmpty()) {
        step.accept(
            "Cancel sees no branch at " + scenario.places().get(number).name(),
            from.place(number, place.seesEmpty()));
      }
    }
  }

  /** All branches of the transaction at a service, in one local transaction. */
  private CallTreeState committed(CallTreeState from, int service, boolean perPath) {
    CallTreeState state = from;
    for (int number = 0; number < from.places().size(); number++) {
      if (!isAt(service, number)) {
        continue;
      }
      Place place = from.place(number);
      if (isConfirmed(from.decision(), number) || (!perPath && !place.rows().isEmpty())) {
        boolean nothing = place.rows().isEmpty() || place.holds(RowState.CANCELLED);
        boolean purged =
            place.rows().isEmpty()
                && from.time() == Time.AFTER_RETENTION
                && has(Guard.CONFIRM_OF_THE_PURGED_IS_DONE);
        if (nothing
            && !Bits.has(from.decision().acknowledged(), service)
            && !(purged && place.purgedConfirmed())) {
          return from.harmed(Harm.CONFIRM_OF_NOTHING);
        }
        state = state.place(number, place.completed(RowState.CONFIRMED));
      } else if (place.holds(RowState.TRIED) && has(Guard.UNNAMED_IS_CANCELLED)) {
        state = state.place(number, cancelled(place));
      }
    }
    return state;
  }

  /**
   * @param tombstones whether the order names the attempted calls; an answer to an inquiry does not
   */
  private CallTreeState aborted(CallTreeState from, int service, boolean tombstones) {
    CallTreeState state = from;
    for (int number = 0; number < from.places().size(); number++) {
      if (!isAt(service, number)) {
        continue;
      }
      Place place = from.place(number);
      if (place.holds(RowState.CONFIRMED)) {
        return from.harmed(Harm.CANCEL_AFTER_CONFIRM);
      }
      if (place.holds(RowState.TRIED)
          || (tombstones && Bits.has(from.decision().named(), number))) {
        state = state.place(number, cancelled(place));
      }
    }
    return state;
  }

  private Place cancelled(Place place) {
    Place completed = place.seenEmpty() ? place : place.completed(RowState.CANCELLED);
    return has(Guard.CANCEL_FENCES) ? completed.fenced() : completed;
  }

  private boolean isConfirmed(Decision decision, int number) {
    if (has(Guard.PATHS_WITH_SERVICES)) {
      return Bits.has(decision.named(), number);
    }
    String path = scenario.places().get(number).path();
    for (int other = 0; other < scenario.places().size(); other++) {
      if (Bits.has(decision.named(), other) && scenario.places().get(other).path().equals(path)) {
        return true;
      }
    }
    return false;
  }

  private boolean isNamed(int service, Decision decision) {
    for (int number = 0; number < scenario.places().size(); number++) {
      if (isAt(service, number) && Bits.has(decision.named(), number)) {
        return true;
      }
    }
    return false;
  }

  private boolean isAt(int service, int place) {
    return scenario.places().get(place).service() == service;
  }

  // ---- ask ----

  private void inquire(CallTreeState from, BiConsumer<String, CallTreeState> step) {
    Decision decision = from.decision();
    for (int number = 0; number < from.places().size(); number++) {
      if (!from.place(number).asks()) {
        continue;
      }
      String name = scenario.places().get(number).name();
      int service = scenario.places().get(number).service();
      // Also when it is purged: the answer may have been under way since before.
      switch (decision.outcome()) {
        case COMMIT ->
            step.accept(
                name + " asks and is told COMMIT",
                committed(from, service, has(Guard.INQUIRY_PER_PATH)));
        case ABORT -> step.accept(name + " asks and is told ABORT", aborted(from, service, false));
        case NONE -> {}
      }
      if (!decision.isThere()) {
        inquireWithoutDecision(from, number, step);
      }
    }
    if (from.inquirerWaits()) {
      step.accept("the one who was asked inserts ABORT", abortOfInquiry(from.inquirerWaits(false)));
    }
  }

  private void inquireWithoutDecision(
      CallTreeState from, int number, BiConsumer<String, CallTreeState> step) {
    String name = scenario.places().get(number).name();
    if (from.time() == Time.BEFORE_DEADLINE) {
      if (lacks(Guard.PENDING_BEFORE_THE_DEADLINE)) {
        step.accept(name + " asks, ABORT is inserted", from.harmed(Harm.EARLY_ABORT));
      }
    } else if (from.time() == Time.AFTER_RETENTION && has(Guard.FORGOTTEN_IS_PARKED)) {
      step.accept(
          name + " asks for what is forgotten", from.place(number, from.place(number).park()));
    } else if (has(Guard.ABORT_INSERTED_WITHIN_RETENTION)) {
      step.accept(name + " asks, ABORT is inserted", abortOfInquiry(from));
    } else if (!from.inquirerWaits()) {
      step.accept(name + " asks, nothing is decided", from.inquirerWaits(true));
    }
  }

  private CallTreeState abortOfInquiry(CallTreeState from) {
    if (from.decision().isThere()) {
      return from;
    }
    return from.decision().outcome() == Outcome.COMMIT
        ? from.harmed(Harm.SECOND_OUTCOME)
        : from.with(Decision.abort(0, false));
  }

  // ---- purge ----

  private void purge(CallTreeState from, BiConsumer<String, CallTreeState> step) {
    Decision decision = from.decision();
    boolean retained = from.time() != Time.AFTER_RETENTION;
    if (decision.isThere()
        && (isDone(decision) || lacks(Guard.PURGED_WHEN_ACKNOWLEDGED))
        && (!retained || lacks(Guard.PURGED_AFTER_RETENTION))) {
      step.accept("the decision is purged", from.with(decision.purge()));
    }
    for (int number = 0; number < from.places().size(); number++) {
      Place place = from.place(number);
      String name = scenario.places().get(number).name();
      if (place.rows().isEmpty()
          && place.cancelled()
          && (from.time() != Time.BEFORE_DEADLINE
              || lacks(Guard.TOMBSTONE_OUTLIVES_THE_DEADLINE))) {
        step.accept("the tombstone at " + name + " is purged", from.place(number, place.purged()));
      }
      if (!place.rows().isEmpty() && !place.holds(RowState.TRIED) && !retained) {
        step.accept("the branches at " + name + " are purged", from.place(number, place.purged()));
      }
    }
  }

  private boolean isDone(Decision decision) {
    boolean all = true;
    boolean any = false;
    for (int service = 0; service < scenario.services().size(); service++) {
      if (isNamed(service, decision)) {
        all &= Bits.has(decision.acknowledged(), service);
        any |= Bits.has(decision.acknowledged(), service);
      }
    }
    return decision.outcome() != Outcome.NONE
        && (all || (any && lacks(Guard.ACKNOWLEDGED_PER_SERVICE)));
  }

  // ---- judge ----

  @Override
  public Optional<String> violation(CallTreeState state) {
    Decision decision = state.decision();
    return switch (state.harm()) {
      case SECOND_OUTCOME -> Optional.of("both outcomes were decided");
      case REFUSAL_SWALLOWED -> Optional.of("committed, and a refused Try was swallowed");
      case CONFIRM_OF_NOTHING -> Optional.of("Confirm of what is not there");
      case CANCEL_AFTER_CONFIRM -> Optional.of("Cancel of what is confirmed");
      case EARLY_ABORT -> Optional.of("aborted by an inquiry before the deadline");
      case NONE -> {
        if (decision.outcome() == Outcome.COMMIT
            && any(state, place -> place.holdsOf(RowState.CANCELLED, decision.builtOn()))) {
          yield Optional.of("half outcome: committed, and part of it cancelled");
        }
        if (any(state, place -> isConfirmedWrongly(place, decision))) {
          yield Optional.of("confirmed, though no answer stands for it");
        }
        if ((isDone(decision) || decision.purged()) && isReserved(state)) {
          yield Optional.of("done, and still reserved");
        }
        yield Optional.empty();
      }
    };
  }

  private static boolean any(CallTreeState state, Predicate<Place> condition) {
    for (Place place : state.places()) {
      if (condition.test(place)) {
        return true;
      }
    }
    return false;
  }

  private static boolean isConfirmedWrongly(Place place, Decision decision) {
    for (Row row : place.rows()) {
      if (row.state() == RowState.CONFIRMED && (row.runs() & decision.builtOn()) == 0) {
        return true;
      }
    }
    return false;
  }

  /** What a decision names, and what the initiator who decided had called itself. */
  private boolean isReserved(CallTreeState state) {
    Decision decision = state.decision();
    int settled = decision.named();
    if (decision.outcome() == Outcome.ABORT && decision.byInitiator()) {
      for (int made : scenario.runs().get(0).calls()) {
        if (state.call(made).isMade()) {
          settled |= Bits.of(scenario.calls().get(made).place());
        }
      }
    }
    for (int number = 0; number < state.places().size(); number++) {
      if (Bits.has(settled, number) && state.place(number).holds(RowState.TRIED)) {
        return true;
      }
    }
    return false;
  }

  @Override
  public boolean isFinal(CallTreeState state) {
    Decision decision = state.decision();
    return state.places().stream().noneMatch(Place::asks)
        && (!decision.isThere() || isDone(decision));
  }

  @Override
  public String describe(CallTreeState state) {
    Decision decision = state.decision();
    List<String> parts = new ArrayList<>();
    parts.add(
        switch (decision.outcome()) {
          case NONE -> "undecided";
          case COMMIT, ABORT ->
              decision.outcome()
                  + " of "
                  + scenario.names(decision.named())
                  + (isDone(decision) ? ", done" : "")
                  + (decision.purged() ? ", purged" : "");
        });
    for (int number = 0; number < state.places().size(); number++) {
      Place place = state.place(number);
      if (!place.equals(Place.EMPTY)) {
        parts.add(
            scenario.places().get(number).name()
                + place.rows().stream().map(row -> words(row.state())).toList()
                + (place.cancelled() ? " fenced" : "")
                + (place.parked() ? " parked" : ""));
      }
    }
    return String.join("; ", parts);
  }

  private static String words(Enum<?> value) {
    return value.name().toLowerCase(Locale.ROOT).replace('_', ' ');
  }

  private boolean has(Guard guard) {
    return guards.contains(guard);
  }

  private boolean lacks(Guard guard) {
    return !guards.contains(guard);
  }
}
