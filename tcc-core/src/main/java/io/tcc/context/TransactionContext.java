package io.tcc.context;

import io.tcc.transaction.Work;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Knows the frame that the current thread works for. Holds the library's only thread local. */
public final class TransactionContext {

  // Not static: two services in one JVM do not see each other's transactions.
  @SuppressWarnings("ThreadLocalUsage")
  private final ThreadLocal<@Nullable Frame> current = new ThreadLocal<>();

  /** The frame of the current thread. */
  public Optional<Frame> current() {
    return Optional.ofNullable(current.get());
  }

  /** Runs work with a frame, or without any if null, and restores what was there before. */
  public <T extends @Nullable Object, X extends Throwable> T callIn(
      @Nullable Frame frame, Work<T, X> work) throws X {
    Frame before = current.get();
    set(frame);
    try {
      return work.run();
    } finally {
      set(before);
    }
  }

  /** For context propagation, which sets and restores in two calls. */
  void set(@Nullable Frame frame) {
    if (frame == null) {
      current.remove();
    } else {
      current.set(frame);
    }
  }
}
