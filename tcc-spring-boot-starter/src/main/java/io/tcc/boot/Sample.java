package io.tcc.boot;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Supplier;
import java.util.function.ToDoubleFunction;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Something of the database, as of a few seconds ago. Reading never waits for the database, so that
 * a scrape does not hang with it: an old sample is renewed in the background, for the next reader.
 */
class Sample<T> {

  private static final Logger log = LoggerFactory.getLogger(Sample.class);

  private static final Duration MAX_AGE = Duration.ofSeconds(5);

  private final Supplier<T> source;
  private final Clock clock;
  private final Executor executor;
  private final AtomicBoolean renewing = new AtomicBoolean();
  private volatile Instant taken = Instant.MIN;
  private volatile @Nullable T last;

  Sample(Supplier<T> source, Clock clock, Executor executor) {
    this.source = source;
    this.clock = clock;
    this.executor = executor;
  }

  /** The value, or not-a-number where it is not known. */
  double read(ToDoubleFunction<T> value) {
    Instant now = clock.instant();
    if (taken.isBefore(now.minus(MAX_AGE)) && renewing.compareAndSet(false, true)) {
      executor.execute(this::renew);
    }
    T size = last;
    return size == null ? Double.NaN : value.applyAsDouble(size);
  }

  private void renew() {
    try {
      last = source.get();
    } catch (RuntimeException e) {
      last = null;
      log.debug("A sample for the metrics cannot be read", e);
    } finally {
      taken = clock.instant();
      renewing.set(false);
    }
  }
}
