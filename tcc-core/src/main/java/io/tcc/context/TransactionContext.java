package io.tcc.context;

import io.tcc.transaction.Work;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Knows the frame that the current thread works for. */
public final class TransactionContext {

  // Not static: two services in one JVM do not see each other's transactions.
  @SuppressWarnings("ThreadLocalUsage")
  private final ThreadLocal<@Nullable Attachment> current = new ThreadLocal<>();

  /**
   * What a thread works for.
   *
   * @param end ends the registration of the task that it runs; null if it runs none
   */
  private record Attachment(Frame frame, @Nullable Runnable end) {}

  /** The frame of the current thread. */
  public Optional<Frame> current() {
    return Optional.ofNullable(current.get()).map(Attachment::frame);
  }

  /** Runs work with a frame, or without any if null, and restores what was there before. */
  public <T extends @Nullable Object, X extends Throwable> T callIn(
      @Nullable Frame frame, Work<T, X> work) throws X {
    return callIn(frame, null, work);
  }

  /**
   * As {@link #callIn(Frame, Work)}, for the work of a registered task.
   *
   * @param end ends its registration, and may be called more than once; null if there is none
   */
  <T extends @Nullable Object, X extends Throwable> T callIn(
      @Nullable Frame frame, @Nullable Runnable end, Work<T, X> work) throws X {
    Attachment before = current.get();
    attach(frame == null ? null : new Attachment(frame, end));
    try {
      return work.run();
    } finally {
      attach(before);
    }
  }

  /**
   * Ends the registration of the task that the current thread runs, if it runs one, although it has
   * not returned: nothing that it still does can belong to the transaction. For a task that writes
   * the response to a call, for instance, which closes the call's frame.
   */
  public void endTask() {
    Attachment attachment = current.get();
    Runnable end = attachment == null ? null : attachment.end();
    if (end != null) {
      end.run();
    }
  }

  /** For context propagation, which sets and restores in two calls. */
  void set(@Nullable Frame frame) {
    Attachment before = current.get();
    if (frame == null) {
      current.remove();
    } else if (before == null || before.frame() != frame) {
      current.set(new Attachment(frame, null));
    }
  }

  private void attach(@Nullable Attachment attachment) {
    if (attachment == null) {
      current.remove();
    } else {
      current.set(attachment);
    }
  }
}
