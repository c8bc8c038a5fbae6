package io.tcc.transport.http;

import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/** Holds handlers up until a test lets them go on. */
public class Gates {

  private final Map<String, CountDownLatch> open = new ConcurrentHashMap<>();
  private final Map<String, CountDownLatch> reached = new ConcurrentHashMap<>();

  void pass(String gate) {
    latch(reached, gate).countDown();
    await(latch(open, gate), gate);
  }

  void open(String gate) {
    latch(open, gate).countDown();
  }

  void awaitArrival(String gate) {
    await(latch(reached, gate), gate);
  }

  private static CountDownLatch latch(Map<String, CountDownLatch> latches, String gate) {
    return latches.computeIfAbsent(gate, g -> new CountDownLatch(1));
  }

  private static void await(CountDownLatch latch, String gate) {
    try {
      if (!latch.await(60, TimeUnit.SECONDS)) {
        throw new IllegalStateException("nobody came to " + gate);
      }
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }
}
