package io.tcc.boot;

import io.tcc.log.Backlog;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Supplier;
import java.util.function.ToIntFunction;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * How much is not finished, as of a few seconds ago. Reading never waits for the database, so that
 * a scrape does not hang with it: an old sample is renewed in the background, for the next reader.
 */
final class BacklogSample {

  private static final Logger log = LoggerFactory.getLogger(BacklogSample.class);

  private static final Duration MAX_AGE = Duration.ofSeconds(5);

  private final Supplier<Backlog.Size> source;
  private final Clock clock;
  private final Executor executor;
  private final AtomicBoolean renewing = new AtomicBoolean();
  private volatile Instant taken = Instant.MIN;
  private volatile Backlog.@Nullable Size last;

  BacklogSample(Supplier<Backlog.Size> source, Clock clock, Executor executor) {
    this.source = source;
    this.clock = clock;
    this.executor = executor;
  }

  /** The count, or not-a-number where it is not known. */
  double read(ToIntFunction<Backlog.Size> count) {
    Instant now = clock.instant();
    if (taken.isBefore(now.minus(MAX_AGE)) && renewing.compareAndSet(false, true)) {
      executor.execute(this::renew);
    }
    Backlog.Size size = last;
    return size == null ? Double.NaN : count.applyAsInt(size);
  }

  private void renew() {
    try {
      last = source.get();
    } catch (RuntimeException e) {
      last = null;
      log.debug("The backlog of global transactions cannot be read", e);
    } finally {
      taken = clock.instant();
      renewing.set(false);
    }
  }
}
