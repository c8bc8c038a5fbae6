package io.tcc.transaction;

import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * A branch as its row tells it.
 *
 * @param id its key
 * @param transaction the transaction that it belongs to
 * @param site under which it was recorded, and its caller knows it
 * @param participant who completes it; a name that outlives code
 * @param protocol which protocol's rules it follows
 * @param state where it stands
 * @param arguments of the work phase, as JSON
 * @param result of the work phase, as JSON, where completion asks for it
 * @param deadline when it begins to ask for the outcome, on this service's clock
 * @param attempts completions and inquiries tried so far
 * @param parked whether it waits for an operator
 * @param lastError why the last attempt failed
 */
public record Branch(
    BranchId id,
    GlobalTransaction transaction,
    Site site,
    String participant,
    String protocol,
    BranchState state,
    String arguments,
    @Nullable String result,
    Instant deadline,
    int attempts,
    boolean parked,
    @Nullable String lastError) {

  /** The branch with the result of its work phase. */
  public Branch returning(String stored) {
    return new Branch(
        id,
        transaction,
        site,
        participant,
        protocol,
        state,
        arguments,
        stored,
        deadline,
        attempts,
        parked,
        lastError);
  }

  /** The branch with one attempt more. */
  public Branch attempted() {
    return new Branch(
        id,
        transaction,
        site,
        participant,
        protocol,
        state,
        arguments,
        result,
        deadline,
        attempts + 1,
        parked,
        lastError);
  }
}
