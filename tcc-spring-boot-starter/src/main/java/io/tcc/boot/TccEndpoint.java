package io.tcc.boot;

import io.tcc.engine.Operator;
import io.tcc.log.Backlog;
import io.tcc.transaction.AuditEntry;
import io.tcc.transaction.Branch;
import io.tcc.transaction.Decision;
import io.tcc.transaction.Xid;
import java.security.Principal;
import java.time.Instant;
import java.util.List;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.actuate.endpoint.Access;
import org.springframework.boot.actuate.endpoint.InvalidEndpointRequestException;
import org.springframework.boot.actuate.endpoint.SecurityContext;
import org.springframework.boot.actuate.endpoint.annotation.DeleteOperation;
import org.springframework.boot.actuate.endpoint.annotation.Endpoint;
import org.springframework.boot.actuate.endpoint.annotation.ReadOperation;
import org.springframework.boot.actuate.endpoint.annotation.Selector;
import org.springframework.boot.actuate.endpoint.annotation.WriteOperation;

/**
 * Actuator endpoint {@code tcc}: what is under way, what waits for an operator, and why, in plain
 * words. Retrying needs {@code management.endpoint.tcc.access=unrestricted}. Business arguments are
 * not shown.
 */
@Endpoint(id = "tcc", defaultAccess = Access.READ_ONLY)
public class TccEndpoint {

  private static final int DEFAULT_LIMIT = 100;

  private final Operator operator;

  TccEndpoint(Operator operator) {
    this.operator = operator;
  }

  /**
   * All that is not finished.
   *
   * @param log the service and the identity of its log, as this instance knows it
   * @param size how much there is, listed or not
   * @param parked what waits for an operator, oldest first
   * @param open what is under way, oldest first
   */
  public record Overview(String log, Backlog.Size size, Items parked, Items open) {}

  /** Transactions that this service began, and branches that it holds. */
  public record Items(List<TransactionItem> transactions, List<BranchItem> branches) {}

  /**
   * A decided transaction.
   *
   * @param waitingFor the services that have not carried it out yet
   * @param explanation where it stands and what can be done
   */
  public record TransactionItem(
      String xid,
      String name,
      String outcome,
      String state,
      Instant begun,
      List<String> waitingFor,
      int attempts,
      @Nullable String lastError,
      String explanation) {}

  /**
   * A branch.
   *
   * @param initiator the service that decides
   * @param deadline when it asks for the outcome if it hears nothing
   * @param explanation where it stands and what can be done
   */
  public record BranchItem(
      String id,
      String participant,
      String protocol,
      String state,
      boolean parked,
      String initiator,
      Instant begun,
      Instant deadline,
      int attempts,
      @Nullable String lastError,
      String explanation) {}

  /**
   * All that is known here of one transaction.
   *
   * @param transaction the decision, if this service made it
   * @param branches that this service holds
   * @param rounds where this service stands as a participant of 3PC, in plain words
   * @param actions what operators did
   */
  public record Dossier(
      @Nullable TransactionItem transaction,
      List<BranchItem> branches,
      @Nullable String rounds,
      List<ActionItem> actions) {}

  /** What an operator did. */
  public record ActionItem(String action, String actor, String reason, Instant at) {}

  /**
   * What a retry did.
   *
   * @param transaction whether the transaction is driven again
   * @param branches how many branches ask for their outcome again
   * @param explanation in plain words
   */
  public record Retried(boolean transaction, int branches, String explanation) {}

  /**
   * What resolving a divergence did.
   *
   * @param explanation in plain words
   */
  public record Resolved(boolean resolved, String explanation) {}

  /**
   * Lists what is not finished.
   *
   * @param limit most items per list, 1 to 1000; 100 by default
   */
  @ReadOperation
  public Overview overview(@Nullable Integer limit) {
    int most = limit == null ? DEFAULT_LIMIT : limit;
    if (most < 1 || most > Operator.MAX_LISTED) {
      throw invalid("limit has to be between 1 and " + Operator.MAX_LISTED);
    }
    return new Overview(
        operator.instance().site().toString(),
        operator.size(),
        items(operator.parked(most)),
        items(operator.open(most)));
  }

  /** Tells all that is known of one transaction; nothing (404) if nothing is. */
  @ReadOperation
  public @Nullable Dossier transaction(@Selector String xid) {
    Operator.Dossier dossier = operator.find(valid(() -> new Xid(xid)));
    return dossier.isEmpty()
        ? null
        : new Dossier(
            dossier.decision().map(this::item).orElse(null),
            dossier.branches().stream().map(this::item).toList(),
            dossier.member().map(operator::explain).orElse(null),
            dossier.actions().stream().map(TccEndpoint::item).toList());
  }

  /**
   * Has a parked transaction, and its branches here, tried again.
   *
   * @param actor who wants it; the authenticated user where there is one
   * @param reason why
   */
  @WriteOperation
  public Retried retry(
      SecurityContext security, @Selector String xid, @Nullable String actor, String reason) {
    String who = who(security, actor);
    Operator.Retried retried = valid(() -> operator.retry(new Xid(xid), who, reason));
    return new Retried(
        retried.decision(),
        retried.branches(),
        retried.isEmpty()
            ? "There is nothing to retry: it is unknown here, or finished."
            : "The next pass of recovery takes it up. The audit has an entry for it.");
  }

  /**
   * Notes that the data of a transaction whose participants ended differently was put right by
   * hand.
   *
   * @param actor who did it; the authenticated user where there is one
   * @param reason what was done
   */
  @DeleteOperation
  public Resolved resolve(
      SecurityContext security, @Selector String xid, @Nullable String actor, String reason) {
    String who = who(security, actor);
    boolean resolved = valid(() -> operator.resolve(new Xid(xid), who, reason));
    return new Resolved(
        resolved,
        resolved
            ? "It is no longer reported. The audit has an entry for it."
            : "There is nothing to resolve: it has not diverged here.");
  }

  /**
   * What retiring the log's identity did.
   *
   * @param log the new identity; null if nothing was done
   * @param explanation in plain words
   */
  public record Retired(@Nullable String log, String explanation) {}

  /**
   * Gives the log another identity, after its database was restored or copied.
   *
   * @param retireLog the identity that is in force: 32 hexadecimal digits
   * @param actor who wants it; the authenticated user where there is one
   * @param reason why
   */
  @WriteOperation
  public Retired retireLog(
      SecurityContext security, String retireLog, @Nullable String actor, String reason) {
    String who = who(security, actor);
    return valid(() -> operator.retireLog(retireLog, who, reason))
        .map(
            next ->
                new Retired(
                    next,
                    "Now start every instance of this service again: until then they decide nothing"
                        + " more. Branches elsewhere that ask for the retired identity wait for an"
                        + " operator there."))
        .orElseGet(
            () -> new Retired(null, "Nothing was done: that identity is not the one in force."));
  }

  /** Who acts: the authenticated user where there is one. */
  static String who(SecurityContext security, @Nullable String actor) {
    Principal user = security.getPrincipal();
    String who = user == null ? actor : user.getName();
    if (who == null) {
      throw invalid("nobody is logged in, so actor has to say who this is");
    }
    return who;
  }

  /** Does what was asked for; refuses what the operator cannot have meant. */
  static <T> T valid(Supplier<T> action) {
    try {
      return action.get();
    } catch (IllegalArgumentException e) {
      throw invalid(String.valueOf(e.getMessage()));
    }
  }

  static InvalidEndpointRequestException invalid(String message) {
    return new InvalidEndpointRequestException(message, message);
  }

  private Items items(Operator.Listing listing) {
    return new Items(
        listing.decisions().stream().map(this::item).toList(),
        listing.branches().stream().map(this::item).toList());
  }

  private TransactionItem item(Decision decision) {
    return new TransactionItem(
        decision.xid().value(),
        decision.name(),
        decision.outcome().name(),
        decision.state().name(),
        decision.transaction().begun(),
        decision.outstanding().stream().map(each -> each.site().service()).toList(),
        decision.attempts(),
        decision.lastError(),
        operator.explain(decision));
  }

  private static ActionItem item(AuditEntry entry) {
    return new ActionItem(entry.action(), entry.actor(), entry.reason(), entry.at());
  }

  private BranchItem item(Branch branch) {
    return new BranchItem(
        branch.id().toString(),
        branch.participant(),
        branch.protocol(),
        branch.state().name(),
        branch.parked(),
        branch.transaction().initiator().service(),
        branch.transaction().begun(),
        branch.deadline(),
        branch.attempts(),
        branch.lastError(),
        operator.explain(branch));
  }
}
