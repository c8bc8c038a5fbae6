package io.tcc.protocol.twophase.jdbc;

import io.tcc.participant.BranchesElsewhere;
import io.tcc.protocol.twophase.jdbc.PreparingDatabase.End;
import io.tcc.transaction.Backoff;
import io.tcc.transaction.CallPath;
import io.tcc.transaction.CompletionAnswer;
import io.tcc.transaction.CompletionOrder;
import io.tcc.transaction.GlobalTransaction;
import io.tcc.transaction.Inquiry;
import io.tcc.transaction.Instance;
import io.tcc.transaction.Outcome;
import io.tcc.transaction.Site;
import io.tcc.transaction.Xid;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The second phase of branches that databases have prepared. A database's own list of prepared
 * transactions, and the votes that are visible in it, tell everything:
 *
 * <ol>
 *   <li>COMMIT of a branch. Prepared: commit it, on any connection. Its vote is visible: it is
 *       committed already. "Not found": look again at vote and list; listed: try later (its session
 *       still lives); neither: it is unknown, or was rolled back by hand, which is a conflict and
 *       never a silent success.
 *   <li>ABORT. Roll back whatever is prepared of the transaction; then leave a tombstone for each
 *       path, which refuses a branch that is still at work. A committed vote under that key is a
 *       conflict. A key that is waited for in vain belongs to a branch that is being prepared: roll
 *       that back and try once more.
 *   <li>What is prepared, is ours, and is past its deadline plus a grace asks the initiator. What
 *       bears another name is never touched.
 * </ol>
 */
public final class DatabaseBranches implements BranchesElsewhere {

  private static final Logger log = LoggerFactory.getLogger(DatabaseBranches.class);

  /** Most branches whose place is remembered, to end them without a search. */
  private static final int MAX_REMEMBERED = 10_000;

  /** Most transactions whose last answer is remembered. */
  private static final int MAX_WAITING = 10_000;

  private final Map<String, TwoPhaseDatabase> databases;
  private final Instance instance;
  private final List<Site> sites;
  private final Duration limit;
  private final Duration grace;
  private final Duration retention;
  private final Backoff backoff;

  // Guarded by themselves.
  private final Map<Key, Place> remembered = bounded(MAX_REMEMBERED);
  private final Map<Xid, Waiting> waiting = bounded(MAX_WAITING);

  private final AtomicBoolean looking = new AtomicBoolean();

  private record Key(Xid xid, CallPath path) {}

  /** Where a branch is prepared, and the identity that the log had then. */
  private record Place(Gid gid, TwoPhaseDatabase database, Site site) {}

  private record Waiting(int attempts, Instant next, String reason) {}

  /**
   * @param limit bound of each statement that waits for a lock
   * @param grace after its deadline before a branch asks for its outcome
   * @param retention how long votes are kept at least
   * @param backoff between questions that were not answered
   */
  public DatabaseBranches(
      Collection<TwoPhaseDatabase> databases,
      Instance instance,
      Duration limit,
      Duration grace,
      Duration retention,
      Backoff backoff) {
    this.databases =
        databases.stream()
            .collect(
                Collectors.toMap(
                    TwoPhaseDatabase::name,
                    each -> each,
                    (a, b) -> {
                      throw new IllegalArgumentException("Two databases are named " + a);
                    },
                    LinkedHashMap::new));
    this.instance = instance;
    this.sites =
        Stream.concat(
                Stream.of(instance.site()),
                instance.retiredLogs().stream()
                    .map(retired -> new Site(instance.site().service(), retired)))
            .toList();
    this.limit = limit;
    this.grace = grace;
    this.retention = retention;
    this.backoff = backoff;
  }

  private static <K, V> Map<K, V> bounded(int most) {
    return new LinkedHashMap<>() {
      private static final long serialVersionUID = 1L;

      @Override
      protected boolean removeEldestEntry(Map.Entry<K, V> eldest) {
        return size() > most;
      }
    };
  }

  Map<String, TwoPhaseDatabase> databases() {
    return databases;
  }

  /** Remembers where a branch was prepared. */
  void remember(Gid gid, TwoPhaseDatabase database) {
    synchronized (remembered) {
      remembered.put(
          new Key(gid.transaction().xid(), gid.path()), new Place(gid, database, instance.site()));
    }
  }

  private Optional<Place> place(Xid xid, CallPath path) {
    synchronized (remembered) {
      return Optional.ofNullable(remembered.get(new Key(xid, path)));
    }
  }

  private void forget(Gid gid) {
    synchronized (remembered) {
      remembered.remove(new Key(gid.transaction().xid(), gid.path()));
    }
    synchronized (waiting) {
      waiting.remove(gid.transaction().xid());
    }
  }

  @Override
  public CompletionAnswer complete(CompletionOrder order) {
    boolean commits = order.outcome() == Outcome.COMMIT;
    Completion completion =
        new Completion(
            order.xid(),
            commits ? List.of(order.addressee()) : sites,
            order.begun().plus(retention).isBefore(instance.clock().instant()));
    if (commits) {
      completion.commit(
          order.paths().stream()
              .filter(CallPath::isPrepared)
              .collect(Collectors.toCollection(TreeSet::new)));
    } else {
      completion.abort(order.paths());
    }
    return completion.answer();
  }

  @Override
  public CompletionAnswer force(Xid xid, Outcome outcome) {
    Completion completion = new Completion(xid, sites, false);
    Set<CallPath> paths = new TreeSet<>();
    for (TwoPhaseDatabase database : databases.values()) {
      completion.attempt(
          database, () -> completion.prepared(database).forEach(gid -> paths.add(gid.path())));
    }
    if (outcome == Outcome.COMMIT) {
      completion.commit(paths);
    } else {
      completion.abort(paths);
    }
    return completion.answer();
  }

  /** What is to be done in a database, and may fail. */
  @FunctionalInterface
  private interface Step {
    void run() throws SQLException;
  }

  /** The completion of one transaction's branches, on one thread. */
  private final class Completion {

    private final Xid xid;
    private final List<Site> recordedUnder;
    private final boolean mayBePurged;
    private final List<String> retries = new ArrayList<>();
    private final List<String> conflicts = new ArrayList<>();

    /**
     * @param recordedUnder the identities of this service whose branches are meant
     * @param mayBePurged whether what is committed may be forgotten by now
     */
    Completion(Xid xid, List<Site> recordedUnder, boolean mayBePurged) {
      this.xid = xid;
      this.recordedUnder = recordedUnder;
      this.mayBePurged = mayBePurged;
    }

    CompletionAnswer answer() {
      if (!conflicts.isEmpty()) {
        conflicts.addAll(retries);
        return CompletionAnswer.conflict(String.join("; ", conflicts));
      }
      return retries.isEmpty()
          ? CompletionAnswer.DONE
          : CompletionAnswer.retry(String.join("; ", retries));
    }

    /** Does a step; a database that fails is asked again later. */
    void attempt(TwoPhaseDatabase database, Step step) {
      try {
        step.run();
      } catch (SQLException e) {
        retries.add(database + ": " + e.getMessage());
      }
    }

    List<Gid> prepared(TwoPhaseDatabase database) throws SQLException {
      List<Gid> all = new ArrayList<>();
      for (Site site : recordedUnder) {
        all.addAll(database.inDoubt(Gid.prefix(database.owner(site), xid)));
      }
      return all;
    }

    void commit(Set<CallPath> paths) {
      Set<CallPath> left = new TreeSet<>(paths);
      for (CallPath path : paths) {
        place(xid, path)
            .ifPresent(
                place ->
                    attempt(
                        place.database(),
                        () -> {
                          if (place.database().end(place.gid(), Outcome.COMMIT) == End.DONE) {
                            forget(place.gid());
                            left.remove(path);
                          }
                        }));
      }
      if (left.isEmpty() || !retries.isEmpty()) {
        return;
      }
      Set<CallPath> listed = new TreeSet<>();
      for (TwoPhaseDatabase database : databases.values()) {
        attempt(database, () -> commitWhatIsListed(database, paths, left, listed));
      }
      for (TwoPhaseDatabase database : databases.values()) {
        attempt(database, () -> lookAtVotes(database, left));
      }
      for (CallPath path : left) {
        if (listed.contains(path)) {
          retries.add("branch " + path + " is prepared, but its session has not ended yet");
        } else if (retries.isEmpty() && !mayBePurged) {
          conflicts.add(
              "COMMIT of "
                  + xid
                  + " names branch "
                  + path
                  + ", which no database here has prepared or committed: it was rolled back by"
                  + " somebody else");
        }
      }
    }

    private void commitWhatIsListed(
        TwoPhaseDatabase database, Set<CallPath> paths, Set<CallPath> left, Set<CallPath> listed)
        throws SQLException {
      for (Gid gid : prepared(database)) {
        Outcome outcome = paths.contains(gid.path()) ? Outcome.COMMIT : Outcome.ABORT;
        if (database.end(gid, outcome) == End.DONE) {
          forget(gid);
          left.remove(gid.path());
        } else {
          listed.add(gid.path());
        }
      }
    }

    private void lookAtVotes(TwoPhaseDatabase database, Set<CallPath> left) throws SQLException {
      if (left.isEmpty()) {
        return;
      }
      database
          .votes(xid)
          .forEach(
              (path, state) -> {
                if (state == VoteRows.State.COMMITTED) {
                  left.remove(path);
                } else if (left.remove(path)) {
                  conflicts.add(
                      "COMMIT of " + xid + " names branch " + path + ", which is rolled back here");
                }
              });
    }

    void abort(Set<CallPath> paths) {
      for (TwoPhaseDatabase database : databases.values()) {
        attempt(
            database,
            () -> {
              rollBackWhatIsListed(database);
              for (CallPath path : paths) {
                refuse(database, path);
              }
              database
                  .votes(xid)
                  .forEach(
                      (path, state) -> {
                        if (state == VoteRows.State.COMMITTED) {
                          conflicts.add(
                              "ABORT of "
                                  + xid
                                  + " contradicts branch "
                                  + path
                                  + ", which is committed in "
                                  + database);
                        }
                      });
            });
      }
    }

    private void rollBackWhatIsListed(TwoPhaseDatabase database) throws SQLException {
      for (Gid gid : prepared(database)) {
        if (database.end(gid, Outcome.ABORT) == End.DONE) {
          forget(gid);
        } else {
          retries.add("branch " + gid.path() + " of " + database + " cannot be ended yet");
        }
      }
    }

    private void refuse(TwoPhaseDatabase database, CallPath path) throws SQLException {
      Instant now = instance.clock().instant();
      try {
        database.refuse(xid, path, now, limit);
      } catch (SQLException waitedInVain) {
        rollBackWhatIsListed(database);
        database.refuse(xid, path, now, limit);
      }
    }
  }

  @Override
  public List<Inquiry> due(Instant now, int most) {
    // A database that is away keeps whoever asks it waiting: one at a time is enough.
    if (!looking.compareAndSet(false, true)) {
      return List.of();
    }
    try {
      return dueNow(now, most);
    } finally {
      looking.set(false);
    }
  }

  private List<Inquiry> dueNow(Instant now, int most) {
    Set<Inquiry> due = new LinkedHashSet<>();
    everything(
        place -> {
          GlobalTransaction transaction = place.gid().transaction();
          if (transaction.deadline().plus(grace).isBefore(now)) {
            due.add(new Inquiry(transaction, place.site()));
          }
        });
    return due.stream().filter(each -> mayAsk(each.transaction().xid(), now)).limit(most).toList();
  }

  private boolean mayAsk(Xid xid, Instant now) {
    synchronized (waiting) {
      Waiting before = waiting.get(xid);
      return before == null || !before.next().isAfter(now);
    }
  }

  @Override
  public void waits(GlobalTransaction transaction, String reason) {
    synchronized (waiting) {
      Waiting before = waiting.get(transaction.xid());
      int attempts = before == null ? 1 : before.attempts() + 1;
      waiting.put(
          transaction.xid(),
          new Waiting(attempts, instance.clock().instant().plus(backoff.delay(attempts)), reason));
    }
  }

  private @Nullable String lastAnswer(Xid xid) {
    synchronized (waiting) {
      Waiting known = waiting.get(xid);
      return known == null ? null : known.reason();
    }
  }

  @Override
  public List<InDoubt> inDoubt(int most) {
    List<InDoubt> all = new ArrayList<>();
    everything(
        place ->
            all.add(
                new InDoubt(
                    place.gid().transaction(),
                    place.gid().path(),
                    place.database().name(),
                    lastAnswer(place.gid().transaction().xid()))));
    return all.stream()
        .sorted(Comparator.comparing(each -> each.transaction().begun()))
        .limit(most)
        .toList();
  }

  private void everything(Consumer<Place> each) {
    for (TwoPhaseDatabase database : databases.values()) {
      try {
        for (Site site : sites) {
          database
              .inDoubt(Gid.prefix(database.owner(site)))
              .forEach(gid -> each.accept(new Place(gid, database, site)));
        }
      } catch (SQLException e) {
        log.warn("{} does not tell what is prepared in it; it is asked again", database, e);
      }
    }
  }

  @Override
  public int purge(Instant before, int most) {
    int purged = 0;
    for (TwoPhaseDatabase database : databases.values()) {
      try {
        purged += database.purge(before, most);
      } catch (SQLException e) {
        log.warn("Old votes in {} are not deleted yet", database, e);
      }
    }
    return purged;
  }
}
