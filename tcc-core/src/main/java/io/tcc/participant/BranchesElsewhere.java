package io.tcc.participant;

import io.tcc.transaction.CallPath;
import io.tcc.transaction.CompletionAnswer;
import io.tcc.transaction.CompletionOrder;
import io.tcc.transaction.GlobalTransaction;
import io.tcc.transaction.Inquiry;
import io.tcc.transaction.Outcome;
import io.tcc.transaction.Xid;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Branches of this service that are not in its log: databases have prepared them and remember them
 * by themselves. Their paths are {@link CallPath#isPrepared() of their own kind}.
 */
public interface BranchesElsewhere {

  /** There are none. */
  BranchesElsewhere NONE =
      new BranchesElsewhere() {
        @Override
        public CompletionAnswer complete(CompletionOrder order) {
          return order.outcome() == Outcome.COMMIT
                  && order.paths().stream().anyMatch(CallPath::isPrepared)
              ? CompletionAnswer.conflict(
                  "COMMIT names a branch of a database, and no database takes part in two-phase"
                      + " commit here")
              : CompletionAnswer.DONE;
        }

        @Override
        public List<Inquiry> due(Instant now, int limit) {
          return List.of();
        }

        @Override
        public void waits(GlobalTransaction transaction, String reason) {}

        @Override
        public List<InDoubt> inDoubt(int limit) {
          return List.of();
        }

        @Override
        public CompletionAnswer force(Xid xid, Outcome outcome) {
          return CompletionAnswer.DONE;
        }

        @Override
        public int purge(Instant before, int limit) {
          return 0;
        }
      };

  /**
   * A branch that is prepared and has no outcome yet.
   *
   * @param transaction with the initiator, for whose decision it waits
   * @param path of the branch
   * @param resource that has prepared it
   * @param lastAnswer to the question for the outcome; null if none was asked yet
   */
  record InDoubt(
      GlobalTransaction transaction, CallPath path, String resource, @Nullable String lastAnswer) {}

  /** Completes those of an order, each once; what it does not name is rolled back. No exception. */
  CompletionAnswer complete(CompletionOrder order);

  /**
   * What is to be asked about transactions with branches that are past their deadline.
   *
   * @param now the time, on the log database's clock
   * @param limit most transactions
   */
  List<Inquiry> due(Instant now, int limit);

  /** Notes why a transaction that has asked still waits; it asks again later. */
  void waits(GlobalTransaction transaction, String reason);

  /** What has no outcome yet, oldest first. */
  List<InDoubt> inDoubt(int limit);

  /** Gives the branches of a transaction here an outcome, whatever the initiator will say. */
  CompletionAnswer force(Xid xid, Outcome outcome);

  /** Deletes what finished before an instant; returns how many rows, at most about the limit. */
  int purge(Instant before, int limit);
}
