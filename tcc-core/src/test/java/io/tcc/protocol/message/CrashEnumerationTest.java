package io.tcc.protocol.message;

import static org.assertj.core.api.Assertions.assertThat;

import io.tcc.cluster.MovableClock;
import io.tcc.testing.Commit;
import io.tcc.testing.CommitListener;
import io.tcc.testing.CountingDataSource;
import io.tcc.testing.Database;
import io.tcc.testing.EveryDatabase;
import java.sql.SQLException;
import java.sql.SQLNonTransientConnectionException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.junit.jupiter.api.BeforeEach;

/**
 * Everything that can go wrong once, at every step: the process dies before or after each durable
 * commit and each call of the broker, or the answer is lost. Then another instance answers the
 * broker's questions and looks after what is left, and plain SQL says whether message and change
 * are one. A step that is new in the code is found by itself, because the steps are those that a
 * run without faults takes.
 */
class CrashEnumerationTest {

  private enum Kind {
    DIES_BEFORE,
    DIES_AFTER,
    ANSWER_LOST
  }

  private static final class Death extends Error {
    private static final long serialVersionUID = 1L;
  }

  private static final Map<String, Consumer<Sender>> STORIES =
      Map.of(
          "committed",
          sender -> {
            sender.place("tea");
            sender.runLater();
            sender.redelivery().runOnce();
          },
          "throws",
          sender ->
              sender.tell(
                  Sender.ORDERS,
                  "tea",
                  () -> {
                    sender.insert("tea");
                    throw new IllegalStateException("out of tea");
                  }),
          "outer commits",
          sender -> {
            sender.inUsersTransaction(() -> sender.place("tea"));
            sender.runLater();
            sender.redelivery().runOnce();
          },
          "outer rolls back",
          sender -> {
            try {
              sender.inUsersTransaction(
                  () -> {
                    sender.place("tea");
                    throw new IllegalStateException("no");
                  });
            } finally {
              sender.runLater();
            }
          });

  /** One thing that goes wrong; step -1: nothing. */
  private static final class Fault implements CommitListener, FakeBroker.Fault {

    private final int at;
    private final Kind kind;
    private final List<String> steps = new ArrayList<>();
    private CountingDataSource dying; // Null until the story begins.
    private boolean dead;

    Fault(int at, Kind kind) {
      this.at = at;
      this.kind = kind;
    }

    private boolean isAt(int step) {
      return dying != null && step == at;
    }

    private void die() {
      dead = true;
      dying.crash();
      throw new Death();
    }

    @Override
    public void beforeCommit(Commit commit) {
      steps.add("commit " + commit);
      if (isAt(steps.size() - 1) && kind == Kind.DIES_BEFORE) {
        die();
      }
    }

    @Override
    public void afterCommit(Commit commit) throws SQLException {
      if (isAt(steps.size() - 1) && kind == Kind.DIES_AFTER) {
        die();
      }
      if (isAt(steps.size() - 1) && kind == Kind.ANSWER_LOST) {
        throw new SQLNonTransientConnectionException("answer lost (simulated)", "08006");
      }
    }

    @Override
    public void before(String call) {
      if (dead) {
        throw new Death();
      }
      steps.add(call);
      if (isAt(steps.size() - 1) && kind == Kind.DIES_BEFORE) {
        die();
      }
    }

    @Override
    public void after(String call) {
      if (isAt(steps.size() - 1) && kind == Kind.DIES_AFTER) {
        die();
      }
      if (isAt(steps.size() - 1) && kind == Kind.ANSWER_LOST) {
        throw new BrokerException("answer lost (simulated)", null);
      }
    }
  }

  private Database database;

  @BeforeEach
  void open(Database opened) {
    database = opened;
    Sender.createBusinessTable(database.dataSource());
  }

  @EveryDatabase
  void whateverGoesWrongMessageAndChangeAreOne() {
    List<String> violations = new ArrayList<>();
    int faults = 0;
    for (Map.Entry<String, Consumer<Sender>> story : STORIES.entrySet()) {
      Fault none = new Fault(-1, Kind.DIES_BEFORE);
      violations.addAll(run(story.getKey(), story.getValue(), none));
      for (int step = 0; step < none.steps.size(); step++) {
        for (Kind kind : Kind.values()) {
          Fault fault = new Fault(step, kind);
          violations.addAll(run(story.getKey(), story.getValue(), fault));
          faults++;
        }
      }
    }
    assertThat(violations).isEmpty();
    assertThat(faults).isGreaterThan(30);
  }

  private List<String> run(String name, Consumer<Sender> story, Fault fault) {
    MovableClock clock = Sender.clock();
    FakeBroker broker = new FakeBroker();
    Sender second = new Sender(database.dataSource(), broker, clock);
    second.sql().update("delete from tcc_half_message");
    second.sql().update("delete from orders");
    CountingDataSource dataSource = new CountingDataSource(database.dataSource(), fault);
    Sender first = new Sender(dataSource, broker, clock);
    fault.steps.clear();
    fault.dying = dataSource;
    broker.expose(fault);
    Throwable thrown = null;
    try {
      story.accept(first);
    } catch (Throwable e) {
      thrown = e;
    }
    boolean told = !fault.dead;
    if (fault.at >= 0 && fault.steps.size() <= fault.at) {
      return List.of(name + ": step " + fault.at + " was never reached");
    }
    broker.expose(new FakeBroker.Fault() {});
    settle(clock, broker, second);
    boolean changed = second.orders().equals(List.of("tea"));
    long delivered = broker.delivered().stream().map(Letter::id).distinct().count();
    String what = name + ", " + fault.kind + " at " + fault.at + " of " + fault.steps + ": ";
    List<String> violations = new ArrayList<>();
    if (changed != (delivered == 1)) {
      violations.add(what + "changed=" + changed + ", delivered=" + broker.delivered());
    }
    if (told && thrown == null && !changed) {
      violations.add(what + "the caller was told yes, and nothing is there");
    }
    if (!broker.open().isEmpty()) {
      violations.add(what + "the broker still asks");
    }
    if (second.states().containsKey("COMMITTED") || second.states().containsKey("WORKING")) {
      violations.add(what + "left " + second.states());
    }
    return violations;
  }

  /** Another instance does all that is done by itself in time. */
  private static void settle(MovableClock clock, FakeBroker broker, Sender instance) {
    for (int i = 0; i < 3; i++) {
      broker.check(instance.messages());
      instance.runLater();
      clock.advance(Sender.TIMEOUT);
      instance.redelivery().runOnce();
    }
  }
}
