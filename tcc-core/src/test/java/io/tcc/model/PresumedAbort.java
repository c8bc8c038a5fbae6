package io.tcc.model;

import io.tcc.model.PresumedAbort.State;
import java.util.ArrayList;
import java.util.Collections;
import java.util.EnumSet;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.BiConsumer;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/**
 * The decision: presumed abort, and the first INSERT wins. No row is written when a transaction
 * begins, none when a participant enlists.
 *
 * <ol>
 *   <li>The initiator calls each participant and knows the answers only in memory; it may die at
 *       any moment.
 *   <li>It decides by inserting a row. Any instance of its service drives what is decided.
 *   <li>A participant past its deadline asks, and any instance answers; where nothing is decided,
 *       it inserts ABORT first.
 *   <li>A message may arrive late, several times, in any order, or never: once sent, it stays.
 * </ol>
 *
 * @param participants how many there are, each called once, for one Try
 * @param guards the rules in force
 */
record PresumedAbort(int participants, Set<Guard> guards) implements Model<State> {

  /** The rules. Without any one of them there is a violation. */
  enum Guard {
    /** Whoever is asked inserts ABORT before it says so. */
    INQUIRY_INSERTS_ABORT,
    /** A second decision is refused; whoever tried obeys the first. */
    FIRST_INSERT_WINS,
    /** A call without an answer forbids the commit. */
    UNKNOWN_FORBIDS_COMMIT,
    /** Cancel of a branch that is not there leaves a row that refuses the Try. */
    CANCEL_LEAVES_TOMBSTONE,
    /** A branch that is confirmed is not confirmed again. */
    CONFIRM_ONCE
  }

  static PresumedAbort withAllGuards(int participants) {
    return new PresumedAbort(participants, EnumSet.allOf(Guard.class));
  }

  static PresumedAbort without(Guard removed, int participants) {
    return new PresumedAbort(participants, EnumSet.complementOf(EnumSet.of(removed)));
  }

  /** The decision row. It is done when all have acknowledged. */
  enum Log {
    EMPTY,
    COMMIT,
    ABORT,
    COMMIT_DONE,
    ABORT_DONE
  }

  enum Initiator {
    WORKING,
    DECIDED,
    DEAD
  }

  /** What the initiator knows of a call. */
  enum Call {
    NOT_MADE,
    OUT,
    OK,
    UNKNOWN
  }

  enum Row {
    NONE,
    TRIED,
    CONFIRMED,
    CANCELLED
  }

  /**
   * A participant.
   *
   * @param confirms how often its business Confirm ran; counted to two
   * @param cancels how often its business Cancel ran; counted to two
   */
  record Branch(Row row, int confirms, int cancels) {

    static final Branch NONE = new Branch(Row.NONE, 0, 0);

    Branch tried() {
      return new Branch(Row.TRIED, confirms, cancels);
    }

    Branch confirmed() {
      return new Branch(Row.CONFIRMED, Math.min(2, confirms + 1), cancels);
    }

    Branch cancelled() {
      return new Branch(Row.CANCELLED, confirms, Math.min(2, cancels + 1));
    }

    Branch tombstone() {
      return new Branch(Row.CANCELLED, confirms, cancels);
    }

    @Override
    public String toString() {
      return row + (confirms > 1 ? " confirms=2" : "") + (cancels > 1 ? " cancels=2" : "");
    }
  }

  enum Kind {
    TRY,
    TRY_OK,
    CONFIRM,
    CONFIRM_OK,
    CONFIRM_REFUSED,
    CANCEL,
    CANCEL_OK,
    CANCEL_AFTER_CONFIRM
  }

  /** To or from one participant. */
  record Message(Kind kind, int participant) {}

  record State(
      Log log,
      Initiator initiator,
      List<Call> calls,
      List<Branch> branches,
      Set<Message> messages) {

    State {
      calls = List.copyOf(calls);
      branches = List.copyOf(branches);
      messages = Set.copyOf(messages);
    }

    boolean isSent(Kind kind, int participant) {
      return messages.contains(new Message(kind, participant));
    }

    State log(Log changed) {
      return new State(changed, initiator, calls, branches, messages);
    }

    State initiator(Initiator changed) {
      return new State(log, changed, calls, branches, messages);
    }

    State call(int participant, Call changed) {
      return new State(log, initiator, replaced(calls, participant, changed), branches, messages);
    }

    State branch(int participant, Branch changed) {
      return new State(log, initiator, calls, replaced(branches, participant, changed), messages);
    }

    State sent(Kind kind, int participant) {
      Set<Message> all = new HashSet<>(messages);
      all.add(new Message(kind, participant));
      return new State(log, initiator, calls, branches, all);
    }

    private static <T> List<T> replaced(List<T> list, int index, T element) {
      List<T> changed = new ArrayList<>(list);
      changed.set(index, element);
      return changed;
    }

    @Override
    public String toString() {
      Set<String> sent =
          messages.stream()
              .map(m -> m.kind() + " " + (m.participant() + 1))
              .collect(Collectors.toCollection(TreeSet::new));
      return String.format(
              "log=%s initiator=%s calls=%s branches=%s messages=%s",
              log, initiator, calls, branches, sent)
          .toLowerCase(Locale.ROOT);
    }
  }

  @Override
  public State initial() {
    return new State(
        Log.EMPTY,
        Initiator.WORKING,
        Collections.nCopies(participants, Call.NOT_MADE),
        Collections.nCopies(participants, Branch.NONE),
        Set.of());
  }

  @Override
  public void steps(State from, BiConsumer<String, State> step) {
    if (from.initiator() == Initiator.WORKING) {
      initiatorSteps(from, step);
    }
    if (from.log() == Log.COMMIT || from.log() == Log.ABORT) {
      drive(from, step);
    }
    for (int p = 0; p < participants; p++) {
      participantSteps(from, p, step);
    }
  }

  private void initiatorSteps(State from, BiConsumer<String, State> step) {
    step.accept("the initiator dies", from.initiator(Initiator.DEAD));
    for (int p = 0; p < participants; p++) {
      if (from.calls().get(p) == Call.NOT_MADE) {
        step.accept("the initiator calls " + name(p), from.call(p, Call.OUT).sent(Kind.TRY, p));
      }
      if (from.calls().get(p) == Call.OUT) {
        if (from.isSent(Kind.TRY_OK, p)) {
          step.accept("the initiator hears from " + name(p), from.call(p, Call.OK));
        }
        step.accept("the call to " + name(p) + " times out", from.call(p, Call.UNKNOWN));
      }
    }
    boolean mayCommit =
        from.calls().stream()
            .allMatch(
                call ->
                    call == Call.OK
                        || (call == Call.UNKNOWN && lacks(Guard.UNKNOWN_FORBIDS_COMMIT)));
    State decided = from.initiator(Initiator.DECIDED);
    boolean mayInsert = from.log() == Log.EMPTY || lacks(Guard.FIRST_INSERT_WINS);
    if (mayCommit) {
      step.accept("the initiator decides COMMIT", mayInsert ? decided.log(Log.COMMIT) : decided);
    }
    step.accept("the initiator decides ABORT", mayInsert ? decided.log(Log.ABORT) : decided);
  }

  /** By any instance: from the row, which names all participants. */
  private void drive(State from, BiConsumer<String, State> step) {
    boolean commit = from.log() == Log.COMMIT;
    Kind order = commit ? Kind.CONFIRM : Kind.CANCEL;
    Kind acknowledgement = commit ? Kind.CONFIRM_OK : Kind.CANCEL_OK;
    for (int p = 0; p < participants; p++) {
      if (!from.isSent(order, p)) {
        step.accept(order + " is sent to " + name(p), from.sent(order, p));
      }
    }
    boolean acknowledged =
        IntStream.range(0, participants)
            .filter(p -> commit || from.calls().get(p) != Call.NOT_MADE)
            .allMatch(p -> from.isSent(acknowledgement, p));
    if (acknowledged) {
      step.accept("the decision is done", from.log(commit ? Log.COMMIT_DONE : Log.ABORT_DONE));
    }
  }

  private void participantSteps(State from, int p, BiConsumer<String, State> step) {
    Branch branch = from.branches().get(p);
    Row row = branch.row();
    if (from.isSent(Kind.TRY, p)
        && (row == Row.NONE || (row == Row.CANCELLED && lacks(Guard.CANCEL_LEAVES_TOMBSTONE)))) {
      step.accept("Try at " + name(p), from.branch(p, branch.tried()).sent(Kind.TRY_OK, p));
    }
    if (from.isSent(Kind.CONFIRM, p)) {
      step.accept("Confirm at " + name(p), confirmed(from, p, branch));
    }
    if (from.isSent(Kind.CANCEL, p)) {
      step.accept("Cancel at " + name(p), cancelled(from, p, branch));
    }
    if (row == Row.TRIED) {
      step.accept(name(p) + " asks", asked(from, p));
    }
  }

  private State confirmed(State from, int p, Branch branch) {
    return switch (branch.row()) {
      case TRIED -> from.branch(p, branch.confirmed()).sent(Kind.CONFIRM_OK, p);
      case CONFIRMED ->
          (lacks(Guard.CONFIRM_ONCE) ? from.branch(p, branch.confirmed()) : from)
              .sent(Kind.CONFIRM_OK, p);
      case NONE -> from.sent(Kind.CONFIRM_OK, p).sent(Kind.CONFIRM_REFUSED, p);
      case CANCELLED -> from.sent(Kind.CONFIRM_REFUSED, p);
    };
  }

  private State cancelled(State from, int p, Branch branch) {
    return switch (branch.row()) {
      case TRIED -> from.branch(p, branch.cancelled()).sent(Kind.CANCEL_OK, p);
      case NONE ->
          (lacks(Guard.CANCEL_LEAVES_TOMBSTONE) ? from : from.branch(p, branch.tombstone()))
              .sent(Kind.CANCEL_OK, p);
      case CANCELLED -> from.sent(Kind.CANCEL_OK, p);
      case CONFIRMED -> from.sent(Kind.CANCEL_AFTER_CONFIRM, p);
    };
  }

  /** The answer orders the completion, so it is the same message. */
  private State asked(State from, int p) {
    return switch (from.log()) {
      case EMPTY ->
          (lacks(Guard.INQUIRY_INSERTS_ABORT) ? from : from.log(Log.ABORT)).sent(Kind.CANCEL, p);
      case COMMIT, COMMIT_DONE -> from.sent(Kind.CONFIRM, p);
      case ABORT, ABORT_DONE -> from.sent(Kind.CANCEL, p);
    };
  }

  @Override
  public Optional<String> violation(State state) {
    Set<Row> rows = EnumSet.noneOf(Row.class);
    state.branches().forEach(branch -> rows.add(branch.row()));
    if (rows.contains(Row.CONFIRMED) && rows.contains(Row.CANCELLED)) {
      return Optional.of("half outcome");
    }
    if (state.branches().stream().anyMatch(branch -> branch.confirms() > 1)) {
      return Optional.of("double confirm");
    }
    if (state.branches().stream().anyMatch(branch -> branch.cancels() > 1)) {
      return Optional.of("double cancel");
    }
    if (state.messages().stream()
        .anyMatch(m -> m.kind() == Kind.CONFIRM_REFUSED || m.kind() == Kind.CANCEL_AFTER_CONFIRM)) {
      return Optional.of("confirm refused / cancel after confirm");
    }
    if (state.log() == Log.COMMIT_DONE && !rows.equals(EnumSet.of(Row.CONFIRMED))) {
      return Optional.of("done but unconfirmed");
    }
    return Optional.empty();
  }

  @Override
  public boolean isFinal(State state) {
    return state.initiator() != Initiator.WORKING
        && state.log() != Log.COMMIT
        && state.log() != Log.ABORT
        && state.branches().stream().noneMatch(branch -> branch.row() == Row.TRIED);
  }

  private boolean lacks(Guard guard) {
    return !guards.contains(guard);
  }

  private static String name(int participant) {
    return "participant " + (participant + 1);
  }
}
