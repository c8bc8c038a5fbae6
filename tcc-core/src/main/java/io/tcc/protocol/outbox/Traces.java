package io.tcc.protocol.outbox;

import org.jspecify.annotations.Nullable;

/** The trace that the current thread works for, so that it goes on where the message is sent. */
public interface Traces {

  /** Traces nothing. */
  Traces NONE =
      new Traces() {
        @Override
        public @Nullable String current() {
          return null;
        }

        @Override
        public void within(@Nullable String trace, Runnable work) {
          work.run();
        }
      };

  /** The current trace, as W3C {@code traceparent}; null if there is none. */
  @Nullable String current();

  /** Runs work as part of a trace. */
  void within(@Nullable String trace, Runnable work);
}
