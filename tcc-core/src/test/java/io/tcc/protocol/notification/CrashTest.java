package io.tcc.protocol.notification;

import static io.tcc.protocol.notification.NotifyingService.LEASE;
import static io.tcc.protocol.notification.NotifyingService.START;
import static io.tcc.protocol.notification.NotifyingService.TWO_MORE;
import static io.tcc.protocol.notification.NotifyingService.target;
import static io.tcc.protocol.notification.Party.away;
import static io.tcc.protocol.notification.Party.status;
import static org.assertj.core.api.Assertions.assertThat;

import io.tcc.cluster.MovableClock;
import io.tcc.testing.Commit;
import io.tcc.testing.CommitListener;
import io.tcc.testing.Database;
import io.tcc.testing.EveryDatabase;
import io.tcc.transaction.NotificationState;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/**
 * The process dies at every step of a story, before and after it; another one finds what it left.
 * Whatever was committed is told, and nothing else.
 */
class CrashTest {

  /** Thrown where the process dies. */
  private static final class Death extends Error {
    private static final long serialVersionUID = 1L;
  }

  /** Kills the process at one of its steps: commits and calls, each before and after. */
  private static final class Killer implements CommitListener {

    private final int at;
    private final List<String> steps = new ArrayList<>();
    private NotifyingService victim;

    Killer(int at) {
      this.at = at;
    }

    void step(String what) {
      if (victim == null) {
        return;
      }
      steps.add(what);
      if (steps.size() - 1 == at) {
        victim.dataSource.crash();
        throw new Death();
      }
    }

    @Override
    public void beforeCommit(Commit commit) {
      step("before " + commit);
    }

    @Override
    public void afterCommit(Commit commit) {
      step("after " + commit);
    }

    boolean hasKilled() {
      return steps.size() > at;
    }
  }

  @EveryDatabase
  void whateverStepTheProcessDiesAtWhatIsCommittedIsToldAndNothingElse(Database database) {
    int steps = 0;
    for (int at = 0; ; at++) {
      Killer killer = new Killer(at);
      live(database, killer, "p" + at);
      if (!killer.hasKilled()) {
        break;
      }
      steps++;
    }
    // A business commit, a call, its record, a taking, a call, its record: before and after each.
    assertThat(steps).isEqualTo(12);
  }

  private void live(Database database, Killer killer, String number) {
    MovableClock clock = new MovableClock(START);
    try (NotifyingService first =
        new NotifyingService(
            database, clock, target(TWO_MORE, Acknowledgement.STATUS, 4), killer)) {
      first.party.next(() -> call(killer, away()));
      first.party.next(() -> call(killer, status(200)));
      killer.victim = first;
      try {
        first.payments().pay(number, 100);
        first.letOthersWork();
        clock.advance(Duration.ofSeconds(10));
        first.pass();
      } catch (Throwable e) {
        assertThat(killer.hasKilled()).as("it did not die: " + e).isTrue();
      }
      boolean told = first.party.calls().size() == 2;
      afterwards(database, clock, number, told);
    }
  }

  private static Answer call(Killer killer, Answer answer) {
    killer.step("before the call");
    killer.step("after the call");
    return answer;
  }

  private static void afterwards(
      Database database, MovableClock clock, String number, boolean told) {
    try (NotifyingService second =
        new NotifyingService(database, clock, target(TWO_MORE, Acknowledgement.STATUS, 4))) {
      for (int i = 0; i < 5; i++) {
        clock.advance(LEASE);
        second.pass();
      }
      if (second.payments().paid().contains(number)) {
        assertThat(second.notification(number).state()).isEqualTo(NotificationState.DELIVERED);
        assertThat(told || second.party.calls().size() == 1).as(number + " is told").isTrue();
        assertThat(second.attempts(number)).isNotEmpty();
      } else {
        assertThat(second.party.calls()).isEmpty();
        assertThat(told).isFalse();
      }
    }
  }
}
