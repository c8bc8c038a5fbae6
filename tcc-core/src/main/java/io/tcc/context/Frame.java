package io.tcc.context;

import static java.util.Comparator.comparingInt;

import io.tcc.transaction.Branch;
import io.tcc.transaction.BranchId;
import io.tcc.transaction.CallPath;
import io.tcc.transaction.Enlisted;
import io.tcc.transaction.Enlistment;
import io.tcc.transaction.GlobalTransaction;
import io.tcc.transaction.Site;
import io.tcc.transaction.WorkRefusedException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * One execution inside a global transaction: the initiator's, or that of one call served here.
 * Knows in memory what was started, what came back, and why a commit is forbidden. Lost in a crash,
 * which means abort.
 *
 * <p>Work is registered before it starts and settled when its result is known. Starting work and
 * closing the frame exclude each other: nothing starts after the closing, and what has not settled
 * by then forbids the commit.
 */
public final class Frame {

  // The result of a task reaches whoever waits for it a moment before the task has ended.
  private static final int WAITS_FOR_TASKS = 100;
  private static final int WAIT_MILLIS = 10;

  private final GlobalTransaction transaction;
  private final Site here;
  private final CallPath path;
  private final String nonce;
  private final Instant deadline;
  private final boolean inLocalTransaction;

  // Guarded by this.
  private final List<Enlistment> enlisted = new ArrayList<>();
  private final Map<CallPath, Site> attempted = new LinkedHashMap<>();
  private final List<String> obstacles = new ArrayList<>();
  private final List<String> running = new ArrayList<>();
  private int calls;
  private int branches;
  private int preparations;
  private int runningBranches;
  private int runningTasks;
  private int entries;
  private boolean fenced;
  private boolean effectsElsewhere;
  private final List<Branch> recorded = new ArrayList<>();
  private boolean recordedBeside;
  private boolean closed;
  private @Nullable Object spanning;
  private final List<Object> holding = new ArrayList<>();
  private Consumer<Enlisted> whenEnlistedChanges = e -> {};
  private @Nullable Held held;

  /**
   * @param transaction the global transaction
   * @param here this service
   * @param path of the call that is served; {@link CallPath#ROOT} at the initiator
   * @param nonce random text that tells this execution from a repetition of the same call
   * @param deadline end of the work phase on this service's clock
   * @param inLocalTransaction whether the whole work phase runs in one local transaction, which
   *     will also hold the decision
   */
  public Frame(
      GlobalTransaction transaction,
      Site here,
      CallPath path,
      String nonce,
      Instant deadline,
      boolean inLocalTransaction) {
    this.transaction = transaction;
    this.here = here;
    this.path = path;
    this.nonce = nonce;
    this.deadline = deadline;
    this.inLocalTransaction = inLocalTransaction;
  }

  /** The site that serves it: what it records is recorded under that. */
  public Site site() {
    return here;
  }

  public GlobalTransaction transaction() {
    return transaction;
  }

  public CallPath path() {
    return path;
  }

  public String nonce() {
    return nonce;
  }

  public Instant deadline() {
    return deadline;
  }

  /**
   * Whether the whole work phase runs in one local transaction, which will also hold the decision.
   */
  public boolean isInLocalTransaction() {
    return inLocalTransaction;
  }

  /** Whether this is the frame of the initiator. */
  public boolean isRoot() {
    return path.equals(CallPath.ROOT);
  }

  /** Whether the frame's call is known to have a fence that this execution wrote. */
  public synchronized boolean isFenced() {
    return fenced;
  }

  /** Tells a carrier at once, and after every change, what to answer to the caller. */
  public synchronized void whenEnlistedChanges(Consumer<Enlisted> listener) {
    whenEnlistedChanges = listener;
    listener.accept(enlisted());
  }

  /** What a caller has to know of this frame at this moment. */
  public synchronized Enlisted enlisted() {
    return new Enlisted(obstacles.isEmpty() && running.isEmpty(), merged());
  }

  /** Forbids the commit of the transaction, for good. */
  public synchronized void forbidCommit(String reason) {
    obstacles.add(reason);
    changed();
  }

  /** Notices each run of the body that this frame was made for; a second one forbids the commit. */
  public synchronized void enterBody() {
    entries++;
    if (entries == 2) {
      forbidCommit(
          "the body of the global transaction was entered twice: something inside it, such as a retry"
              + " advice, repeats it; put the repetition around the global transaction");
    }
  }

  /**
   * The work phase runs in this local transaction, which will also hold the decision.
   *
   * @param local its identity
   */
  public synchronized void runsIn(Object local) {
    spanning = local;
  }

  /** Whether a local transaction is the one that will also hold the decision. */
  public synchronized boolean decidesIn(Object local) {
    return spanning == local;
  }

  /**
   * A branch of this frame is at work in a local transaction, with its row.
   *
   * @param local its identity
   * @return to be run once, when the work has ended
   */
  public synchronized Runnable holdsBranchIn(Object local) {
    holding.add(local);
    return () -> {
      synchronized (Frame.this) {
        holding.removeIf(each -> each == local);
      }
    };
  }

  /**
   * The key of one more branch in a local transaction where a branch of this frame is at work: both
   * are recorded, or neither is.
   *
   * @return null if none is at work there
   * @throws WorkRefusedException if the frame is closed
   */
  public synchronized @Nullable BranchId anotherBranchIn(Object local) {
    if (holding.stream().noneMatch(each -> each == local)) {
      return null;
    }
    refuseIfClosed("another branch");
    branches++;
    recordedBeside = true;
    return new BranchId(transaction.xid(), path, branches);
  }

  /**
   * Registers a call to another service.
   *
   * @throws WorkRefusedException if the frame is closed
   */
  public synchronized Call startCall(String service) {
    refuseIfClosed("the call to " + service);
    calls++;
    CallPath callPath = path.call(calls);
    String name = "call " + callPath + " to " + service;
    attempted.put(callPath, Site.ofUnknownLog(service));
    started(name);
    return new Call(callPath, name);
  }

  /**
   * Registers a branch of this service.
   *
   * @param effectsElsewhere whether it has effects outside the database that holds the log
   * @throws WorkRefusedException if the frame is closed
   */
  public LocalBranch startBranch(String participant, boolean effectsElsewhere) {
    return startBranch(participant, effectsElsewhere, false);
  }

  /**
   * As {@link #startBranch(String, boolean)}.
   *
   * @param inRounds whether it needs rounds between the work and the decision
   */
  public synchronized LocalBranch startBranch(
      String participant, boolean effectsElsewhere, boolean inRounds) {
    refuseIfClosed("the work of " + participant);
    branches++;
    String name = "work of " + participant;
    runningBranches++;
    this.effectsElsewhere |= effectsElsewhere;
    started(name);
    return new LocalBranch(new BranchId(transaction.xid(), path, branches), name, inRounds);
  }

  /**
   * Registers a branch that a database of this service is to prepare.
   *
   * @throws WorkRefusedException if the frame is closed
   */
  public synchronized Preparation startPreparation(String database) {
    refuseIfClosed("the work in " + database);
    preparations++;
    CallPath own = path.prepared(preparations);
    String name = "branch " + own + " of " + database;
    attempted.put(own, here);
    started(name);
    return new Preparation(own, name);
  }

  /**
   * Registers work of the initiator in the log's own database, which is held until the decision.
   *
   * @return to be run once, when it has ended
   * @throws WorkRefusedException if the frame is closed, or such work is under way on another
   *     thread: the two would share a connection
   */
  public synchronized Runnable startHeldWork(String database) {
    String name = "work in " + database;
    refuseIfClosed("the " + name);
    if (running.contains(name)) {
      obstacles.add("two threads worked in " + database + " at once");
      throw new WorkRefusedException(
          transaction.xid(),
          "The "
              + name
              + " is under way on another thread. Both belong to one local transaction: let one end"
              + " before the other begins",
          null);
    }
    started(name);
    return () -> ended(name);
  }

  /** Whether this frame holds a local transaction that waits for the decision. */
  public synchronized Optional<Held> held() {
    return Optional.ofNullable(held);
  }

  /** Has a local transaction of the log's database wait for the decision. */
  public synchronized void hold(Held waiting) {
    if (held != null) {
      throw new IllegalStateException("This frame holds a local transaction already");
    }
    held = waiting;
  }

  /**
   * Registers work on another thread.
   *
   * @return to be run once, when it has ended
   * @throws WorkRefusedException if the frame is closed
   */
  public synchronized Runnable startTask(String name) {
    refuseIfClosed(name);
    runningTasks++;
    started(name);
    return () -> taskEnded(name);
  }

  /**
   * Ends the work phase; nothing starts in this frame any more. Work on other threads that is about
   * to end is waited for, a second at most.
   */
  public synchronized Closing close() {
    if (!closed) {
      awaitTasks();
    }
    closed = true;
    List<String> all = new ArrayList<>(obstacles);
    running.forEach(name -> all.add(name + " has not ended"));
    List<Enlistment> uncertain = new ArrayList<>();
    attempted.forEach((call, site) -> uncertain.add(new Enlistment(site, one(call))));
    if (runningBranches > 0) {
      uncertain.add(new Enlistment(here, one(path)));
    }
    return new Closing(
        merged(),
        Enlistment.merge(uncertain),
        all,
        effectsElsewhere,
        recordedBeside ? List.of() : inOrderOfTry(recorded));
  }

  private static List<Branch> inOrderOfTry(List<Branch> branches) {
    return branches.stream().sorted(comparingInt(branch -> branch.id().ordinal())).toList();
  }

  private synchronized void awaitTasks() {
    for (int i = 0; i < WAITS_FOR_TASKS && runningTasks > 0; i++) {
      try {
        wait(WAIT_MILLIS);
      } catch (InterruptedException e) {
        // Whoever interrupted does not want to wait; what has not ended forbids the commit.
        Thread.currentThread().interrupt();
        return;
      }
    }
  }

  private void refuseIfClosed(String what) {
    if (closed) {
      throw new WorkRefusedException(
          transaction.xid(),
          what
              + " came after the work phase of the global transaction had ended; wait for"
              + " asynchronous work before the method returns",
          null);
    }
  }

  private void started(String name) {
    running.add(name);
    changed();
  }

  private synchronized void ended(String name) {
    running.remove(name);
    changed();
  }

  private synchronized void taskEnded(String name) {
    runningTasks--;
    ended(name);
    notifyAll();
  }

  private List<Enlistment> merged() {
    return Enlistment.merge(enlisted);
  }

  private void changed() {
    whenEnlistedChanges.accept(enlisted());
  }

  private static SortedSet<CallPath> one(CallPath path) {
    return new TreeSet<>(List.of(path));
  }

  /** A call under way. Settle it once. */
  public final class Call {

    private final CallPath callPath;
    private final String name;

    private Call(CallPath callPath, String name) {
      this.callPath = callPath;
      this.name = name;
    }

    public CallPath path() {
      return callPath;
    }

    /**
     * The callee answered and told what it holds.
     *
     * @param failed whether it was an error response; one that holds branches forbids the commit
     */
    public void answered(Enlisted answer, boolean failed) {
      synchronized (Frame.this) {
        enlisted.addAll(answer.enlistments());
        if (!answer.known()) {
          obstacles.add(name + " left work of unknown result");
        } else {
          attempted.remove(callPath);
          if (failed && !answer.enlistments().isEmpty()) {
            obstacles.add(name + " failed and left branches");
          }
        }
        ended(name);
      }
    }

    /** No answer, or none that tells what the callee holds. */
    public void unknown(String reason) {
      synchronized (Frame.this) {
        obstacles.add(name + ": " + reason);
        ended(name);
      }
    }

    /** The request never left this process. */
    public void notSent() {
      synchronized (Frame.this) {
        attempted.remove(callPath);
        ended(name);
      }
    }
  }

  /** A branch that a database of this service is to prepare. Settle it once. */
  public final class Preparation {

    private final CallPath own;
    private final String name;

    private Preparation(CallPath own, String name) {
      this.own = own;
      this.name = name;
    }

    public CallPath path() {
      return own;
    }

    /** The database has prepared it. */
    public void prepared() {
      synchronized (Frame.this) {
        attempted.remove(own);
        enlisted.add(new Enlistment(here, one(own)));
        ended(name);
      }
    }

    /** It wrote nothing, and has ended. */
    public void readOnly() {
      synchronized (Frame.this) {
        attempted.remove(own);
        ended(name);
      }
    }

    /** The vote is NO: nothing of it is left, and the transaction must not commit. */
    public void refused(String reason) {
      synchronized (Frame.this) {
        attempted.remove(own);
        obstacles.add(name + " voted NO: " + reason);
        ended(name);
      }
    }

    /** Whether it is prepared is not known. */
    public void unknown(String reason) {
      synchronized (Frame.this) {
        enlisted.add(new Enlistment(here, one(own)));
        obstacles.add(name + ": " + reason);
        ended(name);
      }
    }
  }

  /** A branch of this service whose local transaction is under way. Settle it once. */
  public final class LocalBranch {

    private final BranchId id;
    private final String name;
    private final boolean inRounds;

    private LocalBranch(BranchId id, String name, boolean inRounds) {
      this.id = id;
      this.name = name;
      this.inRounds = inRounds;
    }

    public BranchId id() {
      return id;
    }

    /**
     * The branch row is durable, or will be with the initiator's local transaction.
     *
     * @param branch as its row tells it
     */
    public void recorded(Branch branch) {
      synchronized (Frame.this) {
        fenced = true;
        recorded.add(branch);
        enlisted.add(new Enlistment(here, one(path), inRounds));
        settled();
      }
    }

    /** Nothing of it is durable. */
    public void rolledBack() {
      synchronized (Frame.this) {
        settled();
      }
    }

    /** It left, or may have left, a branch that must not be confirmed. */
    public void unknown(String reason) {
      synchronized (Frame.this) {
        enlisted.add(new Enlistment(here, one(path), inRounds));
        obstacles.add(name + ": " + reason);
        settled();
      }
    }

    private void settled() {
      runningBranches--;
      ended(name);
    }
  }
}
