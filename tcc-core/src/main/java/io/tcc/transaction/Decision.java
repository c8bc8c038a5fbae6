package io.tcc.transaction;

import java.time.Instant;
import java.util.Collection;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * The row that decides. Its insertion is the only point of no return; afterwards the outcome never
 * changes, unless it is PRE_COMMIT, which changes once.
 *
 * @param transaction what is decided
 * @param name of the transaction, for people
 * @param outcome for all branches
 * @param state where driving stands
 * @param enlisted who has to be told; with ABORT also the calls that were merely attempted
 * @param acknowledged the sites among them that have completed
 * @param owner the instance that drives it
 * @param epoch grows with every change of owner; a late owner's epoch is refused
 * @param attempts passes of driving that did not reach everybody
 * @param nextAttempt when an instance may take it over, on the database's clock
 * @param lastError why the last pass did not reach everybody
 */
public record Decision(
    GlobalTransaction transaction,
    String name,
    Outcome outcome,
    DecisionState state,
    List<Enlistment> enlisted,
    Set<Site> acknowledged,
    String owner,
    long epoch,
    int attempts,
    Instant nextAttempt,
    @Nullable String lastError) {

  public Decision {
    enlisted = List.copyOf(enlisted);
    acknowledged = Set.copyOf(acknowledged);
  }

  public Xid xid() {
    return transaction.xid();
  }

  /** Whether the outcome never changes. */
  public boolean isFinal() {
    return outcome.isFinal();
  }

  /** The decision after PRE_COMMIT; nobody has acknowledged the outcome yet. */
  public Decision settled(Outcome to, String by, Instant until, @Nullable String reason) {
    return new Decision(
        transaction,
        name,
        to,
        DecisionState.DRIVING,
        enlisted,
        Set.of(),
        by,
        epoch,
        0,
        until,
        reason);
  }

  /** Who still has to acknowledge. */
  public List<Enlistment> outstanding() {
    return enlisted.stream().filter(e -> !acknowledged.contains(e.site())).toList();
  }

  /** The decision with more acknowledgements; {@code DONE} once nothing is outstanding. */
  public Decision acknowledgedBy(Collection<Site> sites) {
    Set<Site> all = new TreeSet<>(acknowledged);
    all.addAll(sites);
    boolean complete = enlisted.stream().allMatch(e -> all.contains(e.site()));
    return with(
        complete ? DecisionState.DONE : state, all, owner, epoch, attempts, nextAttempt, lastError);
  }

  /** The decision after another instance has taken over its driving. */
  public Decision takenOver(String newOwner, Instant until) {
    return with(state, acknowledged, newOwner, epoch + 1, attempts, until, lastError);
  }

  /** The decision after a pass that did not reach everybody. */
  public Decision postponed(Instant next, String error) {
    return with(state, acknowledged, owner, epoch, attempts + 1, next, error);
  }

  /** The decision when nothing but an operator can help. */
  public Decision parked(String error) {
    return with(DecisionState.PARKED, acknowledged, owner, epoch, attempts + 1, nextAttempt, error);
  }

  /** The decision when a participant has decided otherwise, alone. */
  public Decision diverged(String error) {
    return with(
        DecisionState.DIVERGED, acknowledged, owner, epoch, attempts + 1, nextAttempt, error);
  }

  private Decision with(
      DecisionState newState,
      Set<Site> newAcknowledged,
      String newOwner,
      long newEpoch,
      int newAttempts,
      Instant newNextAttempt,
      @Nullable String newLastError) {
    return new Decision(
        transaction,
        name,
        outcome,
        newState,
        enlisted,
        newAcknowledged,
        newOwner,
        newEpoch,
        newAttempts,
        newNextAttempt,
        newLastError);
  }
}
