package io.tcc.protocol.twophase.jdbc;

import io.tcc.context.Frame;
import io.tcc.context.Held;
import io.tcc.log.BranchLog;
import io.tcc.log.LocalOutcomeUnknownException;
import io.tcc.log.LocalSettings;
import io.tcc.transaction.Instance;
import io.tcc.transaction.TransactionUsageException;
import io.tcc.transaction.Work;
import io.tcc.transaction.WorkRefusedException;
import java.time.Duration;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The first phase of a branch that a database prepares:
 *
 * <ol>
 *   <li>Register in memory; refuse what comes past the deadline or after the frame was closed.
 *   <li>Bind the branch to the thread and open a local transaction: what the method does through
 *       that DataSource is the branch.
 *   <li>Run the method. An exception is NO.
 *   <li>Commit, which the bound branch turns into its vote; see {@link PreparingBranch}.
 *   <li>Note the vote. YES makes this service one that has to be told the outcome, READ_ONLY does
 *       not, NO forbids the commit of the transaction, as does a vote that is not known.
 * </ol>
 *
 * <p>At the initiator, work in the log's own database is not prepared: its local transaction is
 * held, and commits together with the decision. A method inside of a branch of the same database
 * belongs to that branch.
 *
 * <p>Source: presumed abort with early prepare; Mohan, Lindsay and Obermarck, TODS 1986.
 */
public final class TwoPhaseWork {

  private final Map<String, TwoPhaseDatabase> databases;
  private final DatabaseBranches branches;
  private final BranchLog log;
  private final Instance instance;

  /**
   * @param log for the row by which held work is recognised
   */
  public TwoPhaseWork(DatabaseBranches branches, BranchLog log, Instance instance) {
    this.databases = branches.databases();
    this.branches = branches;
    this.log = log;
    this.instance = instance;
  }

  /**
   * Runs work as a branch of the frame's transaction.
   *
   * @param name of the database
   * @param isolation of the local transaction, see {@link LocalSettings#isolation()}
   * @throws WorkRefusedException if the vote is NO without the work having thrown
   * @throws X what the work threw
   */
  public <T extends @Nullable Object, X extends Throwable> T execute(
      String name, Frame frame, int isolation, Work<T, X> work) throws X {
    TwoPhaseDatabase database = databases.get(name);
    if (database == null) {
      throw new IllegalStateException(
          "Database " + name + " does not take part in two-phase commit");
    }
    if (database.dataSource().branch().isPresent()) {
      return joined(frame, name, work);
    }
    Duration left = Duration.between(instance.clock().instant(), frame.deadline());
    if (left.isNegative() || left.isZero()) {
      throw refused(frame, name, "came after the deadline of the global transaction", null);
    }
    if (database.local().active()) {
      if (frame.isInLocalTransaction() && database.holdsLog()) {
        database.local().requireOurs();
        return joined(frame, name, work);
      }
      if (!frame.isInLocalTransaction() && !worksInABranch()) {
        throw insideLocalTransaction(frame, name);
      }
    }
    LocalSettings settings = new LocalSettings(isolation, left);
    return database.holdsLog() && frame.isRoot() && !frame.isInLocalTransaction()
        ? held(database, frame, settings, work)
        : prepared(database, frame, settings, work);
  }

  private boolean worksInABranch() {
    return databases.values().stream().anyMatch(each -> each.dataSource().branch().isPresent());
  }

  /** In a local transaction that is there already; it may commit what a failed method has done. */
  private static <T extends @Nullable Object, X extends Throwable> T joined(
      Frame frame, String name, Work<T, X> work) throws X {
    try {
      return work.run();
    } catch (Throwable e) {
      frame.forbidCommit("the work in " + name + " failed inside an open local transaction: " + e);
      throw e;
    }
  }

  private <T extends @Nullable Object, X extends Throwable> T held(
      TwoPhaseDatabase database, Frame frame, LocalSettings settings, Work<T, X> work) throws X {
    Runnable ended = frame.startHeldWork(database.name());
    HeldBranch branch = heldBranch(database, frame);
    Runnable first =
        () -> {
          requireConnectionOf(branch, database, frame);
          if (branch.isFresh()) {
            branch.witness().ifPresent(each -> log.insertWitness(frame.transaction().xid(), each));
          }
        };
    try {
      return database
          .dataSource()
          .callIn(branch, () -> database.local().around(settings, first, work));
    } catch (LocalOutcomeUnknownException e) {
      frame.forbidCommit("the work in " + database + " voted NO: " + branch.reason());
      throw refused(frame, database.name(), "voted NO: " + branch.reason(), e);
    } catch (Throwable e) {
      frame.forbidCommit("the work in " + database + " voted NO: " + e);
      throw e;
    } finally {
      ended.run();
    }
  }

  private HeldBranch heldBranch(TwoPhaseDatabase database, Frame frame) {
    Held there = frame.held().orElse(null);
    if (there instanceof HeldBranch branch) {
      return branch;
    }
    HeldBranch branch =
        new HeldBranch(
            database, database.preparing().failsWhole() ? null : instance.identifiers().next());
    frame.hold(branch);
    return branch;
  }

  private <T extends @Nullable Object, X extends Throwable> T prepared(
      TwoPhaseDatabase database, Frame frame, LocalSettings settings, Work<T, X> work) throws X {
    Frame.Preparation preparation = frame.startPreparation(database.name());
    Gid gid = new Gid(database.owner(instance.site()), frame.transaction(), preparation.path());
    if (gid.text().length() > Gid.MAX_LENGTH) {
      preparation.refused("its name would be too long");
      throw refused(
          frame,
          database.name(),
          "cannot be prepared: the id of the initiator's service, "
              + frame.transaction().initiator().service()
              + ", and the call path are longer than a database's name for it may be",
          null);
    }
    PreparingBranch branch = new PreparingBranch(database, gid, instance.clock(), frame.deadline());
    T value;
    try {
      Runnable first = () -> requireConnectionOf(branch, database, frame);
      value =
          database
              .dataSource()
              .callIn(branch, () -> database.local().around(settings, first, work));
    } catch (Throwable e) {
      settleFailed(preparation, branch, e);
      if (branch.vote() == PreparingBranch.Vote.NO && e instanceof LocalOutcomeUnknownException) {
        throw refused(frame, database.name(), "voted NO: " + branch.reason(), e);
      }
      throw e;
    }
    switch (branch.vote()) {
      case YES -> {
        branches.remember(gid, database);
        preparation.prepared();
      }
      case NONE, READ_ONLY -> preparation.readOnly();
      case NO, UNKNOWN -> preparation.unknown("its vote was lost: " + branch.reason());
    }
    return value;
  }

  private static void settleFailed(
      Frame.Preparation preparation, PreparingBranch branch, Throwable thrown) {
    switch (branch.vote()) {
      case NONE, READ_ONLY -> preparation.refused(thrown.toString());
      case NO -> preparation.refused(branch.reason() + " (" + thrown + ")");
      case YES -> preparation.unknown("it failed after it was prepared: " + thrown);
      case UNKNOWN -> preparation.unknown(branch.reason());
    }
  }

  /** Or else the work would commit on its own, whatever the outcome. */
  private static void requireConnectionOf(Lender branch, TwoPhaseDatabase database, Frame frame) {
    if (branch.hasBegun()) {
      return;
    }
    database.local().takeConnection();
    if (!branch.hasBegun()) {
      throw new TransactionUsageException(
          frame.transaction().xid(),
          "The local transaction of the work in "
              + database
              + " runs on a connection that was taken from the pool before, by an EntityManager that"
              + " is open on this thread, and would commit apart from the global transaction. Set"
              + " spring.jpa.open-in-view=false, or close the EntityManager before.",
          null);
    }
  }

  private static TransactionUsageException insideLocalTransaction(Frame frame, String name) {
    return new TransactionUsageException(
        frame.transaction().xid(),
        "The work in "
            + name
            + " was called inside an open local transaction, which would decide over it on its own."
            + " Call it outside, or, for work of the initiator in the log's database, put"
            + " @Transactional on the @GlobalTx method itself.",
        null);
  }

  private static WorkRefusedException refused(
      Frame frame, String name, String why, @Nullable Throwable cause) {
    return new WorkRefusedException(
        frame.transaction().xid(), "The work in " + name + " " + why, cause);
  }
}
