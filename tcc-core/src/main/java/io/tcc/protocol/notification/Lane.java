package io.tcc.protocol.notification;

import java.util.ArrayDeque;
import java.util.Optional;
import java.util.Queue;

/**
 * The calls of one target that are under way, and the first calls that wait for one of them to end.
 * A target that is slow holds up nobody but itself.
 */
final class Lane {

  private final Target target;
  private final int most;
  private final Queue<String> waiting = new ArrayDeque<>();
  private int running;
  private boolean closed;

  /**
   * @param most that wait
   */
  Lane(Target target, int most) {
    this.target = target;
    this.most = most;
  }

  Target target() {
    return target;
  }

  /** Whether another first call can be made, or wait. */
  synchronized boolean hasRoom() {
    return !closed && waiting.size() < most;
  }

  /** Takes a place for a first call; false if it waits, or there is no room for it. */
  synchronized boolean enterOrWait(String id) {
    if (closed) {
      return false;
    }
    if (running < target.concurrency()) {
      running++;
      return true;
    }
    if (waiting.size() < most) {
      waiting.add(id);
    }
    return false;
  }

  /** Takes all free places, as many as are wanted. */
  synchronized int enter(int wanted) {
    int places = closed ? 0 : Math.min(wanted, target.concurrency() - running);
    running += places;
    return places;
  }

  /** Gives places back. */
  synchronized void leave(int places) {
    running -= places;
  }

  /** Gives a place to who has waited longest, or else back. */
  synchronized Optional<String> leaveToNext() {
    Optional<String> next = closed ? Optional.empty() : Optional.ofNullable(waiting.poll());
    if (next.isEmpty()) {
      running--;
    }
    return next;
  }

  /** Nobody enters any more. */
  synchronized void close() {
    closed = true;
    waiting.clear();
  }
}
