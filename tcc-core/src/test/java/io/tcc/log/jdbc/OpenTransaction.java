package io.tcc.log.jdbc;

import static java.util.concurrent.TimeUnit.SECONDS;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeoutException;

/** A local transaction of another thread, which stays open until it is told how to end. */
final class OpenTransaction implements AutoCloseable {

  private final CompletableFuture<Void> worked = new CompletableFuture<>();
  private final CompletableFuture<Boolean> end = new CompletableFuture<>();
  private final CompletableFuture<Void> ended;

  /** Begins one; returns when the work is done and not committed. */
  OpenTransaction(LogOnDatabase log, Runnable work) {
    ended = CompletableFuture.runAsync(() -> run(log, work), task -> new Thread(task).start());
    CompletableFuture.anyOf(worked, ended).join();
  }

  private void run(LogOnDatabase log, Runnable work) {
    try {
      log.separately(
          () -> {
            work.run();
            worked.complete(null);
            if (!end.join()) {
              throw new RolledBackException();
            }
          });
    } catch (RolledBackException asTold) {
      // This is how it was to end.
    }
  }

  void commit() {
    end(true);
  }

  void rollBack() {
    end(false);
  }

  private void end(boolean commit) {
    end.complete(commit);
    try {
      ended.get(60, SECONDS);
    } catch (InterruptedException | ExecutionException | TimeoutException e) {
      throw new AssertionError("the other transaction did not end: " + e, e);
    }
  }

  @Override
  public void close() {
    rollBack();
  }

  private static final class RolledBackException extends RuntimeException {
    private static final long serialVersionUID = 1L;
  }
}
