package io.tcc.boot;

import io.tcc.log.Backlog;
import java.time.Clock;
import java.util.concurrent.Executor;
import java.util.function.Supplier;

/** How much is not finished, as of a few seconds ago. */
final class BacklogSample extends Sample<Backlog.Size> {

  BacklogSample(Supplier<Backlog.Size> source, Clock clock, Executor executor) {
    super(source, clock, executor);
  }
}
