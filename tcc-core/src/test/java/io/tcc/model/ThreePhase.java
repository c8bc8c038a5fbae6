package io.tcc.model;

import io.tcc.model.ThreePhase.State;
import java.util.ArrayList;
import java.util.Collections;
import java.util.EnumSet;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.function.BiConsumer;
import java.util.function.Predicate;
import java.util.function.UnaryOperator;

/**
 * 3PC from the last vote on: every participant is READY, and the initiator may pre-commit.
 *
 * <ol>
 *   <li>The initiator tells everybody who the peers are, inserts PRE_COMMIT, then sends preCommit.
 *       It moves the row to COMMIT or ABORT by what it hears, and tells everybody.
 *   <li>It may die at any moment, any number of times; what returns knows only the row. A message
 *       of it may arrive late, or never.
 *   <li>A participant whose time is over asks the initiator; if that is silent, it holds a round:
 *       asks its peers one by one, and concludes. In a round that is heard and in one that is held
 *       it becomes deaf to preCommit messages of before.
 *   <li>What is on its way to a process that dies is lost.
 *   <li>A question is repeated until it is answered or the other side is dead, or cut off.
 * </ol>
 *
 * @param participants how many there are
 * @param crashes how many times in all participants may die; they return
 * @param splits whether participant 1 may be cut off from everybody else, for longer than every
 *     timeout; it heals
 * @param guards the rules in force
 */
record ThreePhase(
    int participants, int returns, int crashes, boolean splits, boolean inOrder, Set<Guard> guards)
    implements Model<State> {

  /** The rules. Without any one of them there is a violation; for the last one none was found. */
  enum Guard {
    /** Whose time is over asks before it decides; without, it decides at once. */
    TERMINATION_ROUND,
    /** A participant that returns asks before its time counts as over. */
    ROUND_AFTER_RESTART,
    /** A vote survives the voter's death. */
    READY_IS_DURABLE,
    /** Everybody knows the peers before anybody pre-commits; without, with the preCommit. */
    PEERS_FIRST,
    /** PRE_COMMIT is durable before the first preCommit is sent. */
    PRE_COMMIT_FIRST,
    /** Who asks while PRE_COMMIT is decided does not turn it into ABORT. */
    INQUIRY_SPARES_PRE_COMMIT,
    /** Who took part in a round refuses the preCommit messages of before. */
    ROUND_REFUSES_STALE,
    /** Who was asked during its own round begins that one again. */
    ROUND_ENDS_UNDISTURBED,
    /** Once somebody is silent, everybody else is asked again: what it did before counts. */
    SILENCE_ASKS_AGAIN,
    /** Who asked and is silent now counts by the state in which it asked. */
    SILENT_ASKER_COUNTS,
    /** Once somebody is aborted, the initiator does not commit. */
    ABORTED_FORBIDS_COMMIT,
    /** Once somebody is committed, the initiator does not abort. */
    COMMITTED_FORBIDS_ABORT
  }

  static ThreePhase withAllGuards(int participants, int crashes) {
    return new ThreePhase(
        participants, -1, crashes, false, participants > 2, EnumSet.allOf(Guard.class));
  }

  static ThreePhase without(Guard removed, int participants, int crashes) {
    return new ThreePhase(
        participants,
        -1,
        crashes,
        false,
        participants > 2,
        EnumSet.complementOf(EnumSet.of(removed)));
  }

  /** The same, with an initiator that returns so many times at most. */
  ThreePhase returning(int times) {
    return new ThreePhase(participants, times, crashes, splits, inOrder, guards);
  }

  static ThreePhase withSplits(int participants) {
    return new ThreePhase(participants, -1, 0, true, participants > 2, EnumSet.allOf(Guard.class));
  }

  /** The decision row. */
  enum Row {
    EMPTY,
    PRE_COMMIT,
    COMMIT,
    ABORT
  }

  enum Stand {
    READY,
    PRE,
    COMMITTED,
    ABORTED;

    boolean isTerminal() {
      return this == COMMITTED || this == ABORTED;
    }
  }

  /** Which preCommit messages a participant obeys: its epoch, as far as it matters. */
  enum Hearing {
    /** It took part in no round: all, and the initiator's answer that it is PRE_COMMIT. */
    ALL,
    /** The initiator has collected its state: those that are sent from then on. */
    NEW,
    /** It took part in a round since: none. */
    NONE
  }

  /** Somebody asked, and in which state it was then. */
  record Asked(int by, Stand stand) {}

  /**
   * What somebody told of itself.
   *
   * @param stand null if there was no answer
   * @param asked who had asked it, earliest first
   */
  record Answer(Stand stand, List<Asked> asked) {

    static final Answer SILENT = new Answer(null, List.of());

    boolean is(Stand other) {
      return stand == other;
    }

    @Override
    public String toString() {
      return stand == null ? "silent" : stand + (asked.isEmpty() ? "" : asked.toString());
    }
  }

  /**
   * A participant.
   *
   * @param alive whether its process runs
   * @param hasPeers whether it knows who else takes part
   * @param hearing which preCommit messages it still obeys
   * @param sent whether a preCommit is on its way to it
   * @param asked who asked it while it was READY and may have decided by its answer
   * @param heard the answers of the round that it holds, by participant; null if it holds none
   * @param asks whether it has to ask before its time counts as over
   */
  record Member(
      Stand stand,
      boolean alive,
      boolean hasPeers,
      Hearing hearing,
      boolean sent,
      List<Asked> asked,
      List<Optional<Answer>> heard,
      boolean asks) {

    Member stand(Stand to) {
      return new Member(to, alive, hasPeers, hearing, sent, List.of(), null, false);
    }

    Member preCommitted() {
      return new Member(Stand.PRE, alive, true, hearing, sent, List.of(), null, false);
    }

    Member alive(boolean to, boolean mustAsk) {
      return new Member(stand, to, hasPeers, hearing, sent, asked, null, mustAsk);
    }

    Member sent(boolean to) {
      return new Member(stand, alive, hasPeers, hearing, to, asked, heard, asks);
    }

    Member hearing(Hearing to) {
      return new Member(stand, alive, hasPeers, to, sent, asked, heard, asks);
    }

    Member asked(List<Asked> to) {
      return new Member(stand, alive, hasPeers, hearing, sent, to, heard, asks);
    }

    Member heard(List<Optional<Answer>> to) {
      return new Member(stand, alive, hasPeers, hearing, sent, asked, to, false);
    }

    Answer answer() {
      return new Answer(stand, asked);
    }

    @Override
    public String toString() {
      return stand
          + (alive ? "" : " dead")
          + (sent ? " sent" : "")
          + (hearing == Hearing.ALL ? "" : " " + hearing)
          + (asked.isEmpty() ? "" : " asked " + asked)
          + (heard == null ? "" : " heard " + heard);
    }
  }

  /** What the initiator's process knows, or that there is none. */
  enum Initiator {
    /** It is the process that heard the votes. */
    VOTED,
    /** It returned, and knows the row. */
    RETURNED,
    /** It asks everybody anew. */
    COLLECTING,
    /** It has asked everybody anew. */
    COLLECTED,
    DEAD
  }

  /**
   * @param known what the initiator has heard, by participant
   * @param returns how many times the initiator may still return; negative: for ever
   * @param crashes left to participants
   * @param split whether participant 1 is cut off now
   * @param hasSplit whether it was
   * @param detected whether a contradiction came to light
   */
  record State(
      Row row,
      Initiator initiator,
      List<Optional<Answer>> known,
      List<Member> members,
      int returns,
      int crashes,
      boolean split,
      boolean hasSplit,
      boolean detected) {

    State {
      known = List.copyOf(known);
      members = List.copyOf(members);
    }

    boolean isAlive() {
      return initiator != Initiator.DEAD;
    }

    State row(Row to) {
      return new State(to, initiator, known, members, returns, crashes, split, hasSplit, detected);
    }

    /** Decided: what led to it no longer matters. */
    State decided(Row to) {
      return row(to).initiator(Initiator.RETURNED);
    }

    /** The initiator in another state, which has heard nothing yet. */
    State initiator(Initiator to) {
      return new State(
          row, to, nothing(members.size()), members, returns, crashes, split, hasSplit, detected);
    }

    State returned() {
      return new State(
          row,
          Initiator.RETURNED,
          known,
          members,
          returns < 0 ? returns : returns - 1,
          crashes,
          split,
          hasSplit,
          detected);
    }

    State collected(List<Optional<Answer>> remembered) {
      return new State(
          row,
          Initiator.COLLECTED,
          remembered,
          members,
          returns,
          crashes,
          split,
          hasSplit,
          detected);
    }

    State knows(int p, Answer answer) {
      return knows(replaced(known, p, Optional.of(answer)));
    }

    State knows(List<Optional<Answer>> all) {
      return new State(row, initiator, all, members, returns, crashes, split, hasSplit, detected);
    }

    State member(int p, UnaryOperator<Member> change) {
      return new State(
          row,
          initiator,
          known,
          replaced(members, p, change.apply(members.get(p))),
          returns,
          crashes,
          split,
          hasSplit,
          detected);
    }

    State crashed() {
      return new State(
          row, initiator, known, members, returns, crashes - 1, split, hasSplit, detected);
    }

    State split(boolean to) {
      return new State(row, initiator, known, members, returns, crashes, to, true, detected);
    }

    State detect() {
      return new State(row, initiator, known, members, returns, crashes, split, hasSplit, true);
    }

    boolean anybody(Stand stand) {
      return members.stream().anyMatch(m -> m.stand() == stand);
    }

    boolean everybody(Predicate<Member> condition) {
      return members.stream().allMatch(condition);
    }

    static List<Optional<Answer>> nothing(int participants) {
      return Collections.nCopies(participants, Optional.empty());
    }

    static <T> List<T> replaced(List<T> list, int index, T element) {
      List<T> changed = new ArrayList<>(list);
      changed.set(index, element);
      return List.copyOf(changed);
    }

    @Override
    public String toString() {
      return String.format(
              "row=%s initiator=%s knows=%s members=%s%s%s",
              row, initiator, known, members, split ? " split" : "", detected ? " detected" : "")
          .toLowerCase(Locale.ROOT);
    }
  }

  @Override
  public State initial() {
    boolean peersFirst = has(Guard.PEERS_FIRST);
    Member ready =
        new Member(Stand.READY, true, peersFirst, Hearing.ALL, false, List.of(), null, false);
    return new State(
        Row.EMPTY,
        Initiator.VOTED,
        State.nothing(participants),
        Collections.nCopies(participants, ready),
        returns,
        crashes,
        false,
        false,
        false);
  }

  @Override
  public void steps(State from, BiConsumer<String, State> step) {
    if (from.isAlive()) {
      step.accept("the initiator dies", from.initiator(Initiator.DEAD));
      initiatorSteps(from, step);
    } else if (from.returns() != 0) {
      step.accept("the initiator returns", from.returned());
    }
    if (splits && !from.hasSplit()) {
      step.accept("participant 1 is cut off", from.split(true));
    }
    if (from.split()) {
      step.accept("the line is mended", from.split(false));
    }
    for (int p = 0; p < participants; p++) {
      participantSteps(from, p, step);
    }
  }

  // The initiator.

  private void initiatorSteps(State from, BiConsumer<String, State> step) {
    switch (from.row()) {
      case EMPTY -> {
        if (from.initiator() == Initiator.VOTED) {
          step.accept("PRE_COMMIT is inserted", from.row(Row.PRE_COMMIT));
          step.accept("ABORT is inserted", from.decided(Row.ABORT));
          if (lacks(Guard.PRE_COMMIT_FIRST)) {
            for (int p = 0; p < participants; p++) {
              step.accept("preCommit is sent to " + name(p), from.member(p, m -> m.sent(true)));
            }
          }
        }
      }
      case PRE_COMMIT -> preCommit(from, step);
      case COMMIT, ABORT -> drive(from, step);
    }
  }

  private void preCommit(State from, BiConsumer<String, State> step) {
    for (int p = 0; p < participants; p++) {
      Member member = from.members().get(p);
      boolean answers = member.alive() && reachesInitiator(from, p);
      if (from.initiator() == Initiator.COLLECTING) {
        if (from.known().get(p).isEmpty()) {
          if (inOrder && from.known().subList(0, p).contains(Optional.<Answer>empty())) {
            break;
          }
          step.accept(
              "the initiator asks " + name(p),
              answers
                  ? from.knows(p, member.answer())
                      .member(p, m -> disturbed(m).hearing(Hearing.NEW).sent(false))
                  : from.knows(again(from.known(), p)));
        }
        continue;
      }
      if (!answers) {
        if (from.known().get(p).isEmpty()) {
          step.accept(name(p) + " does not answer preCommit", from.knows(p, Answer.SILENT));
        }
      } else if (member.stand().isTerminal()) {
        step.accept(name(p) + " refuses preCommit", from.knows(p, member.answer()));
      } else if (refusesAsStale(from, member)) {
        step.accept(name(p) + " refuses preCommit as stale", from.initiator(Initiator.COLLECTING));
      } else if (!member.sent()) {
        step.accept("preCommit is sent to " + name(p), from.member(p, m -> m.sent(true)));
      }
    }
    if (from.known().stream().allMatch(Optional::isPresent)) {
      decide(from, step);
    } else if (from.initiator() != Initiator.COLLECTING) {
      decideEarly(from, step);
    }
  }

  private void decideEarly(State from, BiConsumer<String, State> step) {
    if (has(Guard.COMMITTED_FORBIDS_ABORT) && knows(from, Stand.COMMITTED)) {
      step.accept("COMMIT is decided", from.decided(Row.COMMIT));
    } else if (has(Guard.ABORTED_FORBIDS_COMMIT) && knows(from, Stand.ABORTED)) {
      step.accept("ABORT is decided", from.decided(Row.ABORT));
    }
  }

  /** Everybody has answered, or the time limit is over. */
  private void decide(State from, BiConsumer<String, State> step) {
    List<Answer> answers = from.known().stream().map(Optional::orElseThrow).toList();
    Optional<Stand> counted = silentAsker(answers);
    boolean committed = knows(from, Stand.COMMITTED) && has(Guard.COMMITTED_FORBIDS_ABORT);
    boolean aborted = knows(from, Stand.ABORTED) && has(Guard.ABORTED_FORBIDS_COMMIT);
    boolean preCommitted = knows(from, Stand.PRE);
    if (committed) {
      step.accept("COMMIT is decided", from.decided(Row.COMMIT));
    } else if (aborted) {
      step.accept("ABORT is decided", from.decided(Row.ABORT));
    } else if (counted.isPresent()) {
      Row to = counted.get() == Stand.READY ? Row.ABORT : Row.COMMIT;
      step.accept(to + " is decided, as a silent one asked before", from.decided(to));
    } else if (from.initiator() == Initiator.COLLECTING) {
      step.accept("the initiator goes on", goesOn(from, answers));
    } else if (preCommitted) {
      step.accept("COMMIT is decided", from.decided(Row.COMMIT));
    } else {
      step.accept("nobody has pre-committed", from.initiator(Initiator.COLLECTING));
    }
  }

  private boolean refusesAsStale(State from, Member member) {
    return has(Guard.ROUND_REFUSES_STALE)
        && switch (member.hearing()) {
          case ALL -> false;
          case NEW -> from.initiator() != Initiator.COLLECTED;
          case NONE -> true;
        };
  }

  /** Who is READY is sent a new preCommit; who is PRE has acknowledged it. */
  private static State goesOn(State from, List<Answer> answers) {
    return from.collected(
        answers.stream().map(a -> Optional.of(a).filter(each -> each.is(Stand.PRE))).toList());
  }

  private static boolean knows(State state, Stand stand) {
    return state.known().stream().anyMatch(a -> a.isPresent() && a.get().is(stand));
  }

  private void drive(State from, BiConsumer<String, State> step) {
    Stand to = from.row() == Row.COMMIT ? Stand.COMMITTED : Stand.ABORTED;
    for (int p = 0; p < participants; p++) {
      Member member = from.members().get(p);
      if (!member.alive() || !reachesInitiator(from, p) || member.stand() == to) {
        continue;
      }
      step.accept(
          from.row() + " is told to " + name(p),
          member.stand().isTerminal() ? from.detect() : from.member(p, m -> m.stand(to)));
    }
  }

  // A participant.

  private void participantSteps(State from, int p, BiConsumer<String, State> step) {
    Member member = from.members().get(p);
    if (!member.alive()) {
      step.accept(
          name(p) + " returns",
          from.member(
              p,
              m ->
                  m.stand() == Stand.READY && lacks(Guard.READY_IS_DURABLE)
                      ? m.alive(true, false).stand(Stand.ABORTED)
                      : m.alive(true, true)));
      return;
    }
    if (from.crashes() > 0) {
      step.accept(
          name(p) + " dies", from.crashed().member(p, m -> m.alive(false, false).sent(false)));
    }
    if (member.stand().isTerminal()) {
      return;
    }
    if (member.sent() && (member.hearing() != Hearing.NONE || lacks(Guard.ROUND_REFUSES_STALE))) {
      received(from, p, step);
    }
    if (member.heard() == null) {
      timeOver(from, p, step);
    } else {
      round(from, p, step);
    }
  }

  private void received(State from, int p, BiConsumer<String, State> step) {
    State done = from.member(p, m -> m.preCommitted().sent(false));
    step.accept(name(p) + " pre-commits, unheard", done);
    if (from.isAlive() && from.initiator() != Initiator.COLLECTING && reachesInitiator(from, p)) {
      step.accept(name(p) + " pre-commits", done.knows(p, new Answer(Stand.PRE, List.of())));
    }
  }

  private void timeOver(State from, int p, BiConsumer<String, State> step) {
    Member member = from.members().get(p);
    boolean initiatorAnswers = from.isAlive() && reachesInitiator(from, p);
    boolean restarted = member.asks();
    if (lacks(Guard.TERMINATION_ROUND) && !initiatorAnswers
        || lacks(Guard.ROUND_AFTER_RESTART) && restarted) {
      step.accept(name(p) + " decides by its timer", alone(from, p));
      return;
    }
    if (!initiatorAnswers) {
      step.accept(
          name(p) + " begins a round",
          from.member(p, m -> m.heard(State.nothing(participants)).hearing(Hearing.NONE)));
      return;
    }
    switch (from.row()) {
      case EMPTY -> step.accept(name(p) + " asks and gets ABORT", asksAborts(from));
      case PRE_COMMIT -> {
        if (lacks(Guard.INQUIRY_SPARES_PRE_COMMIT)) {
          step.accept(name(p) + " asks and gets ABORT", asksAborts(from));
        } else if (member.stand() == Stand.READY && member.hearing() == Hearing.ALL) {
          step.accept(name(p) + " asks and pre-commits", from.member(p, Member::preCommitted));
        }
      }
      case COMMIT, ABORT -> {}
    }
  }

  private static State asksAborts(State from) {
    return from.decided(Row.ABORT);
  }

  private static State alone(State from, int p) {
    return from.member(p, m -> m.stand(m.stand() == Stand.READY ? Stand.ABORTED : Stand.COMMITTED));
  }

  private void round(State from, int p, BiConsumer<String, State> step) {
    Member member = from.members().get(p);
    boolean complete = true;
    for (int q = 0; q < participants; q++) {
      if (q == p || member.heard().get(q).isPresent() || !member.hasPeers()) {
        continue;
      }
      if (inOrder && !complete) {
        break;
      }
      complete = false;
      int peer = q;
      Member other = from.members().get(q);
      if (!other.alive() || !reaches(from, p, q)) {
        step.accept(
            name(p) + " hears nothing from " + name(q),
            from.member(p, m -> m.heard(again(m.heard(), peer))));
      } else {
        Answer answer = other.answer();
        step.accept(
            name(p) + " asks " + name(q),
            hears(from, p, peer, answer)
                .member(peer, m -> tookPart(m, new Asked(p, member.stand()))));
      }
    }
    if (complete) {
      conclude(from, p, step);
    }
  }

  /** After a silence the answers of before are not good any more. */
  private List<Optional<Answer>> again(List<Optional<Answer>> heard, int silent) {
    List<Optional<Answer>> kept =
        lacks(Guard.SILENCE_ASKS_AGAIN)
            ? heard
            : heard.stream().map(a -> a.filter(each -> each.is(null))).toList();
    return State.replaced(kept, silent, Optional.of(Answer.SILENT));
  }

  private static State hears(State from, int p, int q, Answer answer) {
    return from.member(p, m -> m.heard(State.replaced(m.heard(), q, Optional.of(answer))));
  }

  private Member tookPart(Member member, Asked asked) {
    if (member.stand().isTerminal()) {
      return member;
    }
    Member deaf = disturbed(member).hearing(Hearing.NONE);
    if (member.stand() != Stand.READY) {
      return deaf;
    }
    List<Asked> all = new ArrayList<>(member.asked());
    all.removeIf(each -> each.by() == asked.by());
    all.add(asked);
    return deaf.asked(List.copyOf(all));
  }

  private Member disturbed(Member member) {
    return has(Guard.ROUND_ENDS_UNDISTURBED) && member.heard() != null
        ? member.heard(null)
        : member;
  }

  private void conclude(State from, int p, BiConsumer<String, State> step) {
    Member member = from.members().get(p);
    List<Answer> answers = new ArrayList<>();
    for (int q = 0; q < participants; q++) {
      answers.add(q == p ? member.answer() : member.heard().get(q).orElse(Answer.SILENT));
    }
    boolean committed = answers.stream().anyMatch(a -> a.is(Stand.COMMITTED));
    boolean aborted = answers.stream().anyMatch(a -> a.is(Stand.ABORTED));
    Optional<Stand> counted = silentAsker(answers);
    if (committed && aborted) {
      step.accept(name(p) + " sees both outcomes", from.detect().member(p, m -> m.heard(null)));
    } else if (committed) {
      step.accept(name(p) + " commits like a peer", from.member(p, m -> m.stand(Stand.COMMITTED)));
    } else if (aborted) {
      step.accept(name(p) + " aborts like a peer", from.member(p, m -> m.stand(Stand.ABORTED)));
    } else if (counted.isPresent() && counted.get() == Stand.READY) {
      step.accept(
          name(p) + " aborts like a silent one", from.member(p, m -> m.stand(Stand.ABORTED)));
    } else if (member.stand() == Stand.PRE) {
      step.accept(name(p) + " commits alone", alone(from, p));
    } else if (counted.isPresent() || answers.stream().anyMatch(a -> a.is(Stand.PRE))) {
      step.accept(name(p) + " pre-commits like a peer", from.member(p, m -> m.preCommitted()));
    } else {
      step.accept(name(p) + " aborts alone", alone(from, p));
    }
  }

  /**
   * What the earliest of those who asked and are silent now counts as: READY may have aborted, PRE
   * may have committed.
   */
  private Optional<Stand> silentAsker(List<Answer> answers) {
    if (lacks(Guard.SILENT_ASKER_COUNTS)) {
      return Optional.empty();
    }
    Set<Stand> counted = new HashSet<>();
    for (Answer answer : answers) {
      answer.asked().stream()
          .filter(asked -> answers.get(asked.by()).stand() == null)
          .findFirst()
          .ifPresent(asked -> counted.add(asked.stand()));
    }
    return counted.contains(Stand.READY) ? Optional.of(Stand.READY) : counted.stream().findFirst();
  }

  private boolean reachesInitiator(State state, int p) {
    return !state.split() || p != 0;
  }

  private static boolean reaches(State state, int p, int q) {
    return !state.split() || (p != 0 && q != 0);
  }

  @Override
  public Optional<String> violation(State state) {
    boolean diverged = state.anybody(Stand.COMMITTED) && state.anybody(Stand.ABORTED);
    if (splits) {
      return Optional.empty();
    }
    if (diverged) {
      return Optional.of("diverged");
    }
    if (state.detected()) {
      return Optional.of("contradicted");
    }
    return Optional.empty();
  }

  @Override
  public boolean isFinal(State state) {
    boolean diverged = state.anybody(Stand.COMMITTED) && state.anybody(Stand.ABORTED);
    boolean ended = state.everybody(m -> m.alive() && m.stand().isTerminal());
    return ended
        && !state.split()
        && (state.row() != Row.PRE_COMMIT || (!state.isAlive() && state.returns() == 0))
        && (!diverged || state.detected());
  }

  static boolean diverged(State state) {
    return state.anybody(Stand.COMMITTED) && state.anybody(Stand.ABORTED);
  }

  private boolean has(Guard guard) {
    return guards.contains(guard);
  }

  private boolean lacks(Guard guard) {
    return !guards.contains(guard);
  }

  private static String name(int participant) {
    return "participant " + (participant + 1);
  }
}
