package io.tcc.protocol.notification;

import com.zaxxer.hikari.HikariDataSource;
import io.tcc.cluster.MovableClock;
import io.tcc.transaction.Notification;
import io.tcc.transaction.NotificationAttempt.Result;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.function.Supplier;

/** A third party that answers as it is told to: by default 200, at once. */
final class Party implements Carrier {

  /** One call, and how many connections to the database were held during it. */
  record Call(String id, String subject, String body, Instant at, int connections) {}

  private final List<Call> calls = new ArrayList<>();
  private final Deque<Supplier<Answer>> answers = new ArrayDeque<>();
  private final MovableClock clock;
  private final HikariDataSource pool;
  private Supplier<Answer> usually = () -> status(200);

  Party(MovableClock clock, HikariDataSource pool) {
    this.clock = clock;
    this.pool = pool;
  }

  static Answer status(int status) {
    return new Answer.Response(status, "", null);
  }

  static Answer away() {
    return new Answer.Failure(Result.UNREACHABLE, "connection refused");
  }

  /** How the next calls are answered, one each. */
  Party next(Answer... scripted) {
    for (Answer each : scripted) {
      answers.add(() -> each);
    }
    return this;
  }

  /** What happens instead of the next answer. */
  void next(Supplier<Answer> scripted) {
    answers.add(scripted);
  }

  /** How calls are answered that nothing else is said of. */
  void usually(Answer answer) {
    usually = () -> answer;
  }

  /** The next call takes a while. */
  void nextAfter(Duration latency, Answer answer) {
    answers.add(
        () -> {
          clock.advance(latency);
          return answer;
        });
  }

  @Override
  public synchronized Answer call(Target target, Notification notification, Instant at) {
    calls.add(
        new Call(
            notification.id(),
            notification.subject().toString(),
            notification.body(),
            at,
            pool.getHikariPoolMXBean().getActiveConnections()));
    Supplier<Answer> scripted = answers.poll();
    return scripted == null ? usually.get() : scripted.get();
  }

  synchronized List<Call> calls() {
    return List.copyOf(calls);
  }

  /** When it was called. */
  List<Instant> times() {
    return calls().stream().map(Call::at).toList();
  }
}
