package io.tcc.context;

import io.tcc.transaction.Work;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Something that the current thread works within, besides its frame. */
public final class Bound<V> {

  // Not static: two services in one JVM do not see each other's.
  @SuppressWarnings("ThreadLocalUsage")
  private final ThreadLocal<@Nullable V> current = new ThreadLocal<>();

  /** What the current thread works within. */
  public Optional<V> current() {
    return Optional.ofNullable(current.get());
  }

  /** Runs work within a value, and restores what was there before. */
  public <T extends @Nullable Object, X extends Throwable> T callIn(V value, Work<T, X> work)
      throws X {
    V before = current.get();
    current.set(value);
    try {
      return work.run();
    } finally {
      if (before == null) {
        current.remove();
      } else {
        current.set(before);
      }
    }
  }
}
