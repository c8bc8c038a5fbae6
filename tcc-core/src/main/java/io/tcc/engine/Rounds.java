package io.tcc.engine;

import io.tcc.transaction.Decision;
import io.tcc.transaction.Outcome;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.function.Supplier;

/** What a protocol does between the work and the decision, and while the initiator is silent. */
public interface Rounds {

  /**
   * What there is to do before PRE_COMMIT is inserted.
   *
   * @return why it must not be inserted; empty if it may
   */
  List<String> prepare(Decision wanted);

  /**
   * One pass of what there is to do while PRE_COMMIT stands. Repeating it is harmless.
   *
   * @return does not fail
   */
  CompletableFuture<Progress> advance(Decision preCommitted);

  /**
   * Takes participants here whose time is over.
   *
   * @param until when they may be taken again
   * @param limit most to take
   * @return what is to be done for each, apart from the others
   */
  List<Supplier<CompletableFuture<Void>>> due(Instant now, Instant until, int limit);

  /** Deletes what is settled and was last changed before an instant; returns how much. */
  int purge(Instant changedBefore, int limit);

  /**
   * What a pass came to.
   *
   * @param outcome what PRE_COMMIT is to become; empty: not yet
   * @param reason why, for people
   */
  record Progress(Optional<Outcome> outcome, String reason) {

    public static Progress to(Outcome outcome, String reason) {
      return new Progress(Optional.of(outcome), reason);
    }

    public static Progress notYet(String reason) {
      return new Progress(Optional.empty(), reason);
    }
  }
}
