package io.tcc.context;

import io.tcc.transaction.Work;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * A local transaction of the initiator in the log's own database that waits, with its connection,
 * for the decision: both are committed together.
 */
public interface Held {

  /**
   * Runs work whose next local transaction in that database is the held one: it commits, or rolls
   * back, what was held.
   *
   * @throws X what the work threw
   */
  <T extends @Nullable Object, X extends Throwable> T callIn(Work<T, X> work) throws X;

  /**
   * Random text that the held transaction wrote into its witness row; none where a statement that
   * failed makes all later ones fail, so that the decision itself cannot be inserted any more.
   */
  Optional<String> witness();

  /** Rolls back what was not committed, and gives the connection back. Does not throw. */
  void release();
}
