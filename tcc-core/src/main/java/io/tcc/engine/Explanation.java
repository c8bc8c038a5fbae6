package io.tcc.engine;

import static java.util.stream.Collectors.joining;

import io.tcc.transaction.Branch;
import io.tcc.transaction.BranchState.Position;
import io.tcc.transaction.Decision;
import io.tcc.transaction.Member;
import java.time.Duration;
import java.time.Instant;

/** Rows in plain words, for operators. */
final class Explanation {

  private Explanation() {}

  static String of(Decision decision, Instant now) {
    return switch (decision.state()) {
      case DONE ->
          decided(decision)
              + (decision.enlisted().isEmpty()
                  ? ", because a participant asked after the deadline and nothing was decided."
                  : ", and all participants have carried it out. Nothing is left to do.");
      case DRIVING ->
          decided(decision)
              + "; still to be told: "
              + outstanding(decision)
              + ". "
              + (decision.attempts() == 0
                  ? ""
                  : times(decision.attempts())
                      + " failed, the last because of: "
                      + decision.lastError()
                      + ". ")
              + "It goes on by itself "
              + in(decision.nextAttempt(), now)
              + ".";
      case DIVERGED ->
          decided(decision)
              + ", but a participant had decided otherwise, alone: "
              + decision.lastError()
              + ". The outcomes differ, and nothing happens by itself any more: put the data right, then"
              + " resolve it.";
      case PARKED ->
          decided(decision)
              + ", which stays true, but "
              + outstanding(decision)
              + " did not carry it out after "
              + times(decision.attempts())
              + ": "
              + decision.lastError()
              + ". Nothing happens by itself any more: remove the cause, then retry.";
    };
  }

  static String of(Branch branch, Instant now) {
    String initiator = branch.transaction().initiator().service();
    if (branch.state().isTerminal()) {
      return "The work of "
          + branch.participant()
          + " is "
          + branch.state().inWords()
          + ". Nothing is left to do.";
    }
    String stands =
        "The work of "
            + branch.participant()
            + " is "
            + branch.state().inWords()
            + (branch.state().position() == Position.WORKING
                ? ", with an effect outside this database,"
                : "")
            + " and waits for the decision of "
            + initiator;
    if (branch.parked()) {
      return stands
          + ", but it could not be completed: "
          + branch.lastError()
          + ". Nothing happens by itself any more: remove the cause, then retry.";
    }
    String lastError = branch.lastError();
    if (lastError != null) {
      return stands
          + ". "
          + times(branch.attempts())
          + " to complete it failed, the last because of: "
          + lastError
          + ". It goes on by itself.";
    }
    return stands
        + ". If nothing is heard of it, this service asks "
        + in(branch.deadline(), now)
        + ".";
  }

  static String of(Member member, Instant now) {
    String stands = "This service is " + member.standing().inWords() + ". ";
    String lastError = member.lastError();
    if (member.diverged()) {
      return stands
          + "The outcomes differ: "
          + lastError
          + ". Nothing happens by itself any more: put the data right, then resolve it.";
    }
    Instant nextCheck = member.nextCheck();
    return stands
        + (lastError == null ? "" : "Last: " + lastError + ". ")
        + (nextCheck == null
            ? "Nothing is left to ask."
            : "If nothing is heard, it asks the initiator"
                + (member.state().isTerminal() ? ", whether it decided likewise, " : " ")
                + in(nextCheck, now)
                + ".");
  }

  private static String decided(Decision decision) {
    return decision.name()
        + ", begun "
        + decision.transaction().begun()
        + ", is decided: "
        + (decision.isFinal() ? decision.outcome() : "PRE_COMMIT, which becomes COMMIT or ABORT");
  }

  private static String outstanding(Decision decision) {
    String services =
        decision.outstanding().stream().map(each -> each.site().service()).collect(joining(", "));
    return services.isEmpty() ? "nobody" : services;
  }

  private static String times(int attempts) {
    return attempts == 1 ? "1 attempt" : attempts + " attempts";
  }

  private static String in(Instant then, Instant now) {
    Duration left = Duration.between(now, then);
    return left.isNegative() || left.isZero()
        ? "in the next pass of recovery"
        : "in " + Math.max(1, left.toSeconds()) + " s";
  }
}
