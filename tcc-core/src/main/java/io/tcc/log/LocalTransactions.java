package io.tcc.log;

import io.tcc.transaction.Work;
import java.time.Duration;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** Local transactions of the database that holds the log. */
public interface LocalTransactions {

  /**
   * Runs the library's own work in a local transaction of its own, READ COMMITTED, and commits.
   * Where the database picked it as a deadlock's victim it is repeated, so the work must bear that.
   *
   * @param limit bound of each statement and lock wait, rounded up to seconds
   * @throws LocalOutcomeUnknownException if the commit, or the rollback, did not answer
   * @throws RuntimeException what the work threw; nothing is then durable
   */
  <T extends @Nullable Object> T separate(Duration limit, Supplier<T> work);

  /**
   * As {@link #separate}, for work that is a single statement. It takes one round trip instead of
   * two where a connection commits each statement by itself, reading what is committed and waiting
   * for no other server, and the thread is in no scope that binds a connection.
   *
   * @throws LocalOutcomeUnknownException if the statement did not answer well and may be durable
   *     all the same
   * @throws RuntimeException as {@link #separate}; nothing is then durable
   */
  <T extends @Nullable Object> T alone(Duration limit, Supplier<T> statement);

  /**
   * Runs business code in a new local transaction and commits, or rolls back on any throwable or
   * where it was marked rollback-only. Never repeated.
   *
   * @throws LocalOutcomeUnknownException if the commit, or the rollback, did not answer
   * @throws X what the work threw; nothing is then durable
   */
  default <T extends @Nullable Object, X extends Throwable> T around(
      LocalSettings settings, Work<T, X> work) throws X {
    return around(settings, () -> {}, work);
  }

  /**
   * As {@link #around(LocalSettings, Work)}, with statements of the library before the business
   * code. Where the database picks those as a deadlock's victim, or refuses them for a concurrent
   * change, they are repeated in another local transaction; the business code has not begun then.
   */
  <T extends @Nullable Object, X extends Throwable> T around(
      LocalSettings settings, Runnable first, Work<T, X> work) throws X;

  /** Whether the current thread is in a local transaction, whoever began it. */
  boolean active();

  /**
   * Checks that the current local transaction is one of the database that holds the log.
   *
   * @throws IllegalStateException if it is another one's, or none
   */
  void requireOurs();

  /**
   * Has the current local transaction take its connection, which some managers and pools put off
   * until the first statement.
   */
  void takeConnection();

  /**
   * Runs business code in the current local transaction. If it throws, the whole local transaction
   * can only be rolled back, whoever began it and whatever that one makes of the exception.
   *
   * @throws IllegalStateException if there is none, or it is another database's
   */
  <T extends @Nullable Object, X extends Throwable> T joined(Work<T, X> work) throws X;

  /**
   * The identity of the current local transaction of the database that holds the log: the same
   * object from its begin to its end, also after another one was run meanwhile.
   *
   * @throws IllegalStateException if there is none, or it is another database's
   */
  Object current();

  /**
   * Runs something on this thread after the current local transaction has ended, however it ended:
   * a hint to look at the rows, never evidence of what became of them.
   */
  void whenEnded(Runnable hint);
}
