package io.tcc.participant;

import io.tcc.context.Frame;
import io.tcc.log.BranchLog;
import io.tcc.log.LocalOutcomeUnknownException;
import io.tcc.log.LocalSettings;
import io.tcc.log.LocalTransactions;
import io.tcc.transaction.Branch;
import io.tcc.transaction.BranchId;
import io.tcc.transaction.BranchState;
import io.tcc.transaction.Fence;
import io.tcc.transaction.Instance;
import io.tcc.transaction.Outcome;
import io.tcc.transaction.Protocol;
import io.tcc.transaction.TransactionUsageException;
import io.tcc.transaction.Vote;
import io.tcc.transaction.Work;
import io.tcc.transaction.WorkRefusedException;
import io.tcc.transaction.Xid;
import java.time.Duration;
import java.util.Optional;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * The work phase of a branch:
 *
 * <ol>
 *   <li>Register in memory; refuse what comes past the deadline or after the frame was closed.
 *   <li>Open a local transaction, or join the initiator's.
 *   <li>Insert the branch row, with a random token, and the fence of the call with it; if the call
 *       has one, lock it and check that it is open and this execution's, then insert the branch.
 *       Look at the clock once more: whoever waited for the fence too long is refused, because the
 *       tombstone that would have refused it may be purged again.
 *   <li>Run the business method, and hear its vote. NO forbids the commit of the global
 *       transaction. READ_ONLY and NO leave no branch: the local transaction is rolled back, or,
 *       where it is not the branch's own, the row deleted.
 *   <li>Check that the row still carries the token: a deadlock that was swallowed inside the method
 *       has rolled the row back, and must not let the rest commit.
 *   <li>Commit. If the commit does not answer, the branch may exist and must never be confirmed.
 * </ol>
 *
 * <p>With effects outside the database, step 3 is committed first, the method runs without a local
 * transaction, and its end is recorded by a last conditional update. A NO then leaves the branch,
 * because there may be an effect to undo.
 */
public final class BranchWork {

  private static final Duration SHORTEST = Duration.ofSeconds(1);

  private final BranchLog branches;
  private final LocalTransactions local;
  private final Instance instance;
  private final Duration retention;

  /**
   * @param retention how long tombstones are kept at least: a transaction that has more time than
   *     that is refused
   */
  public BranchWork(
      BranchLog branches, LocalTransactions local, Instance instance, Duration retention) {
    this.branches = branches;
    this.local = local;
    this.instance = instance;
    this.retention = retention;
  }

  /**
   * Runs a work-phase method as a branch of the frame's transaction.
   *
   * @param handler the participant
   * @param arguments of the method, as its completion will need them
   * @param isolation of the local transaction, see {@link LocalSettings#isolation()}
   * @param work the method
   * @param vote what the method's result says about the outcome
   * @param result what to store of the method's result; null if completion does not ask for it
   * @throws WorkRefusedException if the branch must not be recorded; nothing has then happened
   * @throws X what the method threw; with effects elsewhere the branch is then recorded
   *     nevertheless
   */
  public <T extends @Nullable Object, X extends Throwable> T execute(
      Frame frame,
      BranchHandler handler,
      String arguments,
      int isolation,
      Work<T, X> work,
      Function<T, Vote> vote,
      @Nullable Function<T, String> result)
      throws X {
    Duration left = Duration.between(instance.clock().instant(), frame.deadline());
    if (left.isNegative() || left.isZero()) {
      throw refused(frame, handler, "came after the deadline of the global transaction");
    }
    if (frame.transaction().timeout().compareTo(retention) > 0) {
      throw refused(
          frame,
          handler,
          "belongs to a transaction with a timeout of "
              + frame.transaction().timeout()
              + ", longer than finished ones are remembered here (tcc.recovery.retention, "
              + retention
              + ")");
    }
    boolean joins = frame.isInLocalTransaction() && local.active();
    if (local.active() && (!joins || handler.effectsElsewhere())) {
      throw new TransactionUsageException(
          frame.transaction().xid(),
          "The work of "
              + handler.participant()
              + " was called inside an open local transaction, which would decide over it on its own."
              + " Call it outside, or, for work of the initiator in this database, put @Transactional"
              + " on the @GlobalTx method itself.",
          null);
    }
    Execution<T, X> execution = new Execution<>(frame, handler, arguments, work, vote, result);
    if (handler.effectsElsewhere()) {
      return execution.afterIntent(new LocalSettings(LocalSettings.DEFAULT_ISOLATION, left));
    }
    return joins
        ? execution.joined()
        : execution.inOwnTransaction(new LocalSettings(isolation, left));
  }

  /**
   * Records one more branch in the current local transaction, where the work of another one of the
   * same frame runs: both become durable, or neither does.
   */
  void recordBeside(Frame frame, BranchId id, BranchHandler handler, String arguments) {
    branches.insert(branch(frame, id, handler, arguments), instance.identifiers().next());
  }

  /**
   * Whether the call that a frame serves was executed before, or is cancelled already: for a frame
   * that has recorded no branch, which would have noticed.
   */
  public boolean wasExecutedBefore(Frame frame) {
    Duration left = Duration.between(instance.clock().instant(), frame.deadline());
    Duration limit = left.compareTo(SHORTEST) < 0 ? SHORTEST : left;
    return local.separate(
        limit,
        () ->
            branches
                .lockFence(frame.transaction().xid(), frame.path())
                .filter(fence -> !fence.nonce().equals(frame.nonce()))
                .isPresent());
  }

  /** One run of a work-phase method. */
  private final class Execution<T extends @Nullable Object, X extends Throwable> {

    private final Frame frame;
    private final BranchHandler handler;
    private final Work<T, X> work;
    private final Function<T, Vote> vote;
    private final @Nullable Function<T, String> result;
    private final Frame.LocalBranch registered;
    private final String token;
    private Branch branch;

    Execution(
        Frame frame,
        BranchHandler handler,
        String arguments,
        Work<T, X> work,
        Function<T, Vote> vote,
        @Nullable Function<T, String> result) {
      this.frame = frame;
      this.handler = handler;
      this.work = work;
      this.vote = vote;
      this.result = result;
      this.registered =
          frame.startBranch(
              handler.participant(), handler.effectsElsewhere(), handler.takesRounds());
      this.branch = branch(frame, registered.id(), handler, arguments);
      this.token = instance.identifiers().next();
    }

    T joined() throws X {
      T value;
      Vote said;
      try {
        insert();
        value = run();
        said = heard(value);
        requireIntact(said == Vote.YES ? recorded(value) : branches.withdraw(branch.id(), token));
      } catch (Throwable e) {
        // What it wrote before it failed is still part of the initiator's local transaction.
        frame.forbidCommit(
            "the work of a branch failed inside the initiator's local transaction: " + e);
        registered.rolledBack();
        throw e;
      }
      settle(said);
      return value;
    }

    T inOwnTransaction(LocalSettings settings) throws X {
      T value;
      try {
        value =
            local.around(
                settings,
                this::insert,
                () -> {
                  T returned = run();
                  if (heard(returned) != Vote.YES) {
                    throw new NotRecordedException(returned);
                  }
                  requireIntact(recorded(returned));
                  return returned;
                });
      } catch (NotRecordedException e) {
        registered.rolledBack();
        return returned(e);
      } catch (LocalOutcomeUnknownException e) {
        registered.unknown(String.valueOf(e.getMessage()));
        throw e;
      } catch (Throwable e) {
        registered.rolledBack();
        throw e;
      }
      registered.recorded(branch);
      return value;
    }

    T afterIntent(LocalSettings settings) throws X {
      try {
        local.<Boolean, RuntimeException>around(settings, this::insert, () -> true);
      } catch (LocalOutcomeUnknownException e) {
        registered.unknown(String.valueOf(e.getMessage()));
        throw e;
      } catch (RuntimeException | Error e) {
        registered.rolledBack();
        throw e;
      }
      T value;
      try {
        value = work.run();
      } catch (Throwable e) {
        registered.unknown("failed after its intent was recorded: " + e);
        try {
          end(settings, () -> toWaiting());
        } catch (RuntimeException | Error notRecorded) {
          e.addSuppressed(notRecorded);
        }
        throw e;
      }
      Vote said;
      try {
        said = heard(value);
        end(
            settings,
            () ->
                said == Vote.READ_ONLY
                    ? branches.withdraw(branch.id(), token)
                    : toWaiting() && (said == Vote.NO || recorded(value)));
      } catch (RuntimeException | Error e) {
        registered.unknown("its end was not recorded: " + e);
        throw e;
      }
      if (said == Vote.NO) {
        registered.unknown("voted NO after its intent was recorded");
      } else {
        settle(said);
      }
      return value;
    }

    /** Runs the method; what is stored in its local transaction meanwhile belongs to the branch. */
    private T run() throws X {
      Runnable ended = frame.holdsBranchIn(local.current());
      try {
        return work.run();
      } finally {
        ended.run();
      }
    }

    private void settle(Vote said) {
      if (said == Vote.YES) {
        registered.recorded(branch);
      } else {
        registered.rolledBack();
      }
    }

    private Vote heard(T value) {
      Vote said = vote.apply(value);
      if (said == Vote.NO) {
        frame.forbidCommit(handler.participant() + " voted NO");
      }
      return said;
    }

    private boolean toWaiting() {
      return branches.move(branch.id(), branch.state(), handler.protocol().waiting());
    }

    /** Whether the row is still there; stores what completion asks for. */
    private boolean recorded(T value) {
      if (result == null) {
        return branches.carries(branch.id(), token);
      }
      String stored = result.apply(value);
      branch = branch.returning(stored);
      return branches.storeResult(branch.id(), token, stored);
    }

    private void requireIntact(boolean intact) {
      if (!intact) {
        throw refused(
            frame,
            handler,
            "lost its branch row while it ran: the database rolled part of the work back, and the error"
                + " was swallowed");
      }
    }

    /**
     * Until this is durable, Cancel waits for the deadline, because the effect may be on its way.
     */
    private void end(LocalSettings settings, Work<Boolean, RuntimeException> record) {
      if (local.<Boolean, RuntimeException>around(settings, record)) {
        return;
      }
      WorkRefusedException refused =
          refused(
              frame,
              handler,
              "ended after its deadline, when it had been aborted already; what undoes it was called"
                  + " again");
      try {
        local.<Boolean, Exception>around(
            settings,
            () -> {
              handler.complete(branch, Outcome.ABORT);
              return true;
            });
      } catch (Exception e) {
        refused.addSuppressed(e);
      }
      throw refused;
    }

    private void insert() {
      insertRows();
      handler.recorded(branch);
    }

    private void insertRows() {
      Fence own = new Fence(frame.path(), frame.site(), frame.nonce(), BranchState.OPEN);
      boolean fenced = frame.isFenced();
      if (fenced || !branches.insertFirst(own, branch, token)) {
        insertBehind(own, fenced);
      }
      if (!instance.clock().instant().isBefore(frame.deadline())) {
        throw refused(frame, handler, "got hold of its call after the deadline");
      }
    }

    private void insertBehind(Fence own, boolean fenced) {
      Xid xid = frame.transaction().xid();
      Optional<Fence> there = branches.lockFence(xid, frame.path());
      if (there.isEmpty() && !fenced && branches.insertFirst(own, branch, token)) {
        // Somebody withdrew the only branch of the call meanwhile.
        return;
      }
      if (there.isEmpty()) {
        throw refused(frame, handler, "lost the fence of its call");
      }
      if (there.get().state() != BranchState.OPEN) {
        throw refused(frame, handler, "came after its call was completed");
      }
      if (!there.get().nonce().equals(frame.nonce())) {
        frame.forbidCommit("call " + frame.path() + " was executed twice");
        throw refused(frame, handler, "belongs to a call that was executed before");
      }
      branches.insert(branch, token);
    }

    // This execution put it in, and its work may return null.
    @SuppressWarnings({"unchecked", "NullAway"})
    private T returned(NotRecordedException e) {
      return (T) e.returned;
    }
  }

  /** Takes the local transaction back of work that returned, and leaves no branch. */
  private static final class NotRecordedException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final transient @Nullable Object returned;

    NotRecordedException(@Nullable Object returned) {
      super(null, null, false, false);
      this.returned = returned;
    }
  }

  private static Branch branch(Frame frame, BranchId id, BranchHandler handler, String arguments) {
    Protocol protocol = handler.protocol();
    return new Branch(
        id,
        frame.transaction(),
        frame.site(),
        handler.participant(),
        protocol.name(),
        handler.effectsElsewhere() ? protocol.working() : protocol.waiting(),
        arguments,
        null,
        frame.deadline(),
        0,
        false,
        null);
  }

  private static WorkRefusedException refused(Frame frame, BranchHandler handler, String why) {
    return new WorkRefusedException(
        frame.transaction().xid(), "The work of " + handler.participant() + " " + why, null);
  }
}
