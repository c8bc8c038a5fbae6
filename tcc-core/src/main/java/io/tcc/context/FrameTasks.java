package io.tcc.context;

import io.tcc.transaction.Work;
import java.util.concurrent.Callable;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;

/**
 * Takes the frame of the submitting thread along to work on other threads. The work is registered
 * from its submission to its end, so that a transaction cannot commit while it is under way; a task
 * that is dropped, or still waits for a thread, forbids the commit as well.
 *
 * <p>Wraps any executor; as {@code tasks::wrap} it is a task decorator for Spring's.
 */
public final class FrameTasks {

  private final TransactionContext context;

  public FrameTasks(TransactionContext context) {
    this.context = context;
  }

  /**
   * The task, to be run once in the frame of the current thread, wherever it will run. Submitted
   * outside a transaction it runs outside of any.
   *
   * @throws io.tcc.transaction.WorkRefusedException if the work phase of the transaction is over
   */
  public Runnable wrap(Runnable task) {
    return register(task);
  }

  /** As {@link #wrap(Runnable)}, for a task with a result. */
  public <T extends @Nullable Object> Callable<T> wrap(Callable<T> task) {
    Registered registered = register(() -> {});
    return () -> registered.call(task);
  }

  /** An executor that runs its tasks in the frame of the thread that submits them. */
  public Executor wrap(Executor executor) {
    return task -> {
      Registered registered = register(task);
      try {
        executor.execute(registered);
      } catch (RejectedExecutionException e) {
        registered.end();
        throw e;
      }
    };
  }

  private Registered register(Runnable task) {
    Frame frame = context.current().orElse(null);
    Runnable end =
        frame == null
            ? () -> {}
            : frame.startTask(
                "work handed to another thread by " + Thread.currentThread().getName());
    return new Registered(frame, end, task);
  }

  private final class Registered implements Runnable {

    private final @Nullable Frame frame;
    private final Runnable end;
    private final Runnable task;
    private final AtomicBoolean begun = new AtomicBoolean();
    private final AtomicBoolean ended = new AtomicBoolean();

    Registered(@Nullable Frame frame, Runnable end, Runnable task) {
      this.frame = frame;
      this.end = end;
      this.task = task;
    }

    @Override
    public void run() {
      this.<Boolean, RuntimeException>inFrame(
          () -> {
            task.run();
            return true;
          });
    }

    <T extends @Nullable Object> T call(Callable<T> other) throws Exception {
      return this.<T, Exception>inFrame(other::call);
    }

    void end() {
      if (ended.compareAndSet(false, true)) {
        end.run();
      }
    }

    private <T extends @Nullable Object, X extends Throwable> T inFrame(Work<T, X> work) throws X {
      if (!begun.compareAndSet(false, true)) {
        // It was registered for one run.
        return context.callIn(null, work);
      }
      try {
        return context.callIn(frame, this::end, work);
      } finally {
        end();
      }
    }
  }
}
