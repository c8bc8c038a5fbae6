package io.tcc.transaction;

import java.time.Instant;
import java.util.Collections;
import java.util.List;
import java.util.SortedSet;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * What this service is in a transaction that takes rounds (3PC): one row, beside the branches.
 *
 * @param transaction what it takes part in
 * @param site under which its branches were recorded, and the others know it
 * @param state {@code READY}, {@code PRE_COMMITTED}, {@code COMMITTED} or {@code ABORTED}
 * @param cause what led to the outcome; null while there is none
 * @param epoch grows with every round that it took part in; older messages are refused
 * @param paths the calls that a COMMIT confirms here; empty until they are told
 * @param peers who else takes part; empty until they are told
 * @param asked who asked while this was READY and may have decided by the answer, earliest first
 * @param diverged whether the initiator decided otherwise
 * @param attempts rounds and inquiries that did not settle it
 * @param nextCheck when its time is over, on this service's clock; null: nothing is left to ask
 * @param changed when the state changed last
 * @param lastError why it is not settled
 */
public record Member(
    GlobalTransaction transaction,
    Site site,
    BranchState state,
    @Nullable Cause cause,
    long epoch,
    SortedSet<CallPath> paths,
    List<Site> peers,
    List<Asked> asked,
    boolean diverged,
    int attempts,
    @Nullable Instant nextCheck,
    Instant changed,
    @Nullable String lastError) {

  /** What led to an outcome. */
  public enum Cause {
    /** The initiator's decision, told or asked for. */
    DECISION,
    /** The outcome of a peer. */
    PEER,
    /** Nobody answered: decided alone. */
    TIMEOUT
  }

  /**
   * Somebody asked, and where it stood then.
   *
   * @param state {@code READY} or {@code PRE_COMMITTED}
   */
  public record Asked(Site by, BranchState state) {}

  public Member {
    paths = Collections.unmodifiableSortedSet(new TreeSet<>(paths));
    peers = List.copyOf(peers);
    asked = List.copyOf(asked);
  }

  /** A member that has just voted yes. */
  public static Member voted(
      GlobalTransaction transaction, Site site, Instant deadline, Instant now) {
    return new Member(
        transaction,
        site,
        BranchState.READY,
        null,
        0,
        Collections.emptySortedSet(),
        List.of(),
        List.of(),
        false,
        0,
        deadline,
        now,
        null);
  }

  public Xid xid() {
    return transaction.xid();
  }

  /** What others may know of it. */
  public Standing standing() {
    return new Standing(state, cause, epoch, asked, changed);
  }

  /**
   * What a member tells of itself.
   *
   * @param state where it stands
   * @param cause what led to its outcome
   * @param epoch below which it refuses messages
   * @param asked who asked it, earliest first
   * @param since when its state changed
   */
  public record Standing(
      BranchState state, @Nullable Cause cause, long epoch, List<Asked> asked, Instant since) {
    public Standing {
      asked = List.copyOf(asked);
    }

    public boolean is(BranchState other) {
      return state == other;
    }

    /** For people. */
    public String inWords() {
      return state.inWords()
          + (cause == Cause.TIMEOUT ? " alone, because nobody answered," : "")
          + " since "
          + since;
    }
  }
}
