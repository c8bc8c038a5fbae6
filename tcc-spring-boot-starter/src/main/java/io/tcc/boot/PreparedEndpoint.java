package io.tcc.boot;

import static io.tcc.boot.TccEndpoint.invalid;
import static io.tcc.boot.TccEndpoint.valid;
import static io.tcc.boot.TccEndpoint.who;

import io.tcc.engine.InDoubtBranches;
import io.tcc.engine.Operator;
import io.tcc.participant.BranchesElsewhere.InDoubt;
import io.tcc.transaction.CompletionAnswer;
import io.tcc.transaction.CompletionAnswer.Verdict;
import io.tcc.transaction.Heuristic;
import io.tcc.transaction.Outcome;
import io.tcc.transaction.Xid;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.actuate.endpoint.Access;
import org.springframework.boot.actuate.endpoint.SecurityContext;
import org.springframework.boot.actuate.endpoint.annotation.Endpoint;
import org.springframework.boot.actuate.endpoint.annotation.ReadOperation;
import org.springframework.boot.actuate.endpoint.annotation.Selector;
import org.springframework.boot.actuate.endpoint.annotation.WriteOperation;

/**
 * Actuator endpoint {@code tccprepared}: branches that databases have prepared and that hold their
 * locks until the initiator's decision is known, and contradictions that were found. Forcing an
 * outcome needs {@code management.endpoint.tccprepared.access=unrestricted}.
 */
@Endpoint(id = "tccprepared", defaultAccess = Access.READ_ONLY)
public class PreparedEndpoint {

  private final InDoubtBranches branches;
  private final Clock clock;

  PreparedEndpoint(InDoubtBranches branches, Clock clock) {
    this.branches = branches;
    this.clock = clock;
  }

  /**
   * What waits.
   *
   * @param prepared branches without an outcome, oldest first
   * @param contradictions that nobody has resolved, oldest first
   */
  public record Overview(List<PreparedItem> prepared, List<ContradictionItem> contradictions) {}

  /**
   * A prepared branch.
   *
   * @param waitsFor the service that decides
   * @param age since the transaction began
   * @param lastAnswer of that service; null if it was not asked yet
   */
  public record PreparedItem(
      String xid,
      String branch,
      String database,
      String waitsFor,
      Instant begun,
      Duration age,
      @Nullable String lastAnswer) {}

  /** An outcome that was ordered and could not be had. */
  public record ContradictionItem(String xid, String ordered, String reason, Instant found) {}

  /** What an action came to. */
  public record Done(boolean done, String explanation) {}

  /** Lists what waits, at most 1000 of each sort. */
  @ReadOperation
  public Overview overview() {
    return new Overview(
        branches.all(Operator.MAX_LISTED).stream().map(this::item).toList(),
        branches.heuristics(Operator.MAX_LISTED).stream().map(PreparedEndpoint::item).toList());
  }

  /**
   * Acts on a transaction.
   *
   * @param action {@code force-commit} or {@code force-abort}: gives the branches that are prepared
   *     here that outcome, whatever the initiator will say; {@code resolve}: marks its
   *     contradictions as resolved
   * @param actor who wants it; the authenticated user where there is one
   * @param reason why
   */
  @WriteOperation
  public Done act(
      SecurityContext security,
      @Selector String xid,
      String action,
      @Nullable String actor,
      String reason) {
    String who = who(security, actor);
    return valid(() -> act(new Xid(xid), action, who, reason));
  }

  private Done act(Xid xid, String action, String who, String reason) {
    return switch (action) {
      case "force-commit" -> done(branches.force(xid, Outcome.COMMIT, who, reason));
      case "force-abort" -> done(branches.force(xid, Outcome.ABORT, who, reason));
      case "resolve" -> {
        int resolved = branches.resolve(xid, who, reason);
        yield new Done(resolved > 0, resolved + " contradictions are marked as resolved.");
      }
      default -> throw invalid("action has to be force-commit, force-abort or resolve");
    };
  }

  private static Done done(CompletionAnswer answer) {
    return answer.verdict() == Verdict.DONE
        ? new Done(true, "What was prepared here has that outcome. The audit has an entry for it.")
        : new Done(false, answer.detail());
  }

  private PreparedItem item(InDoubt branch) {
    return new PreparedItem(
        branch.transaction().xid().value(),
        branch.path().value(),
        branch.resource(),
        branch.transaction().initiator().service(),
        branch.transaction().begun(),
        Duration.between(branch.transaction().begun(), clock.instant()),
        branch.lastAnswer());
  }

  private static ContradictionItem item(Heuristic heuristic) {
    return new ContradictionItem(
        heuristic.xid().value(), heuristic.ordered().name(), heuristic.reason(), heuristic.at());
  }
}
