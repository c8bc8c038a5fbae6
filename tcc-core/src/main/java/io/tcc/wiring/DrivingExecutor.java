package io.tcc.wiring;

import java.time.Duration;
import java.util.concurrent.Executor;
import java.util.concurrent.ThreadPoolExecutor;
import org.springframework.beans.factory.DisposableBean;
import org.springframework.core.task.AsyncTaskExecutor;
import org.springframework.core.task.SimpleAsyncTaskExecutor;
import org.springframework.scheduling.concurrent.ThreadPoolTaskExecutor;

/**
 * Runs what the engine does besides its callers: driving decided transactions, noting answers,
 * recovery. On a JVM with virtual threads each piece of work has one of its own, otherwise there is
 * a pool. Closing it waits for what has begun.
 */
public final class DrivingExecutor implements Executor, DisposableBean {

  /** First Java version with virtual threads. */
  private static final int VIRTUAL_THREADS_SINCE = 21;

  private static final String THREAD_NAMES = "tcc-";

  private final AsyncTaskExecutor executor;
  private final Runnable close;

  private DrivingExecutor(AsyncTaskExecutor executor, Runnable close) {
    this.executor = executor;
    this.close = close;
  }

  /**
   * The executor that suits this JVM.
   *
   * @param threads most threads of the pool, where there are no virtual ones
   * @param patience how long closing waits for what has begun
   */
  public static DrivingExecutor create(int threads, Duration patience) {
    return Runtime.version().feature() >= VIRTUAL_THREADS_SINCE
        ? virtual(patience)
        : pooled(threads, patience);
  }

  private static DrivingExecutor virtual(Duration patience) {
    SimpleAsyncTaskExecutor threads = new SimpleAsyncTaskExecutor(THREAD_NAMES);
    threads.setVirtualThreads(true);
    threads.setTaskTerminationTimeout(patience.toMillis());
    return new DrivingExecutor(threads, threads::close);
  }

  static DrivingExecutor pooled(int threads, Duration patience) {
    ThreadPoolTaskExecutor pool = new ThreadPoolTaskExecutor();
    pool.setThreadNamePrefix(THREAD_NAMES);
    pool.setCorePoolSize(threads);
    pool.setMaxPoolSize(threads);
    pool.setAllowCoreThreadTimeOut(true);
    pool.setDaemon(true);
    // Whoever finds the queue full does the work itself: slower, but nothing is lost.
    pool.setQueueCapacity(threads * 100);
    pool.setRejectedExecutionHandler(new ThreadPoolExecutor.CallerRunsPolicy());
    pool.setWaitForTasksToCompleteOnShutdown(true);
    pool.setAwaitTerminationMillis(patience.toMillis());
    pool.initialize();
    return new DrivingExecutor(pool, pool::destroy);
  }

  @Override
  public void execute(Runnable task) {
    executor.execute(task);
  }

  @Override
  public void destroy() {
    close.run();
  }
}
