package io.tcc.benchmarks;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;

/**
 * The transfers of {@link TwoPhaseBenchmark}, all contestants in one process, by turns of three
 * seconds: for machines whose speed changes from minute to minute, as it then changes for all of
 * them alike. Prints the median of the turns, and the quarters.
 *
 * <p>Arguments: threads, turns to warm up, turns to count, contestants.
 */
final class TransfersInTurns {

  private static final long TURN = TimeUnit.SECONDS.toNanos(3);

  private TransfersInTurns() {}

  /** A contestant with servers of its own, and its transfers per second in each turn. */
  private record Turns(Contestant who, TwoServers servers, Transfer transfer, List<Double> rates) {

    static Turns of(Contestant who) throws Exception {
      TwoServers servers = new TwoServers();
      return new Turns(who, servers, who.start(servers), new ArrayList<>());
    }

    /** Makes transfers on all threads for one turn; returns how many a second. */
    double take(ExecutorService threads, int count) throws Exception {
      long begin = System.nanoTime();
      Callable<Long> transfers =
          () -> {
            long done = 0;
            while (System.nanoTime() - begin < TURN) {
              transfer.run(TwoServers.anyAccount(), TwoServers.anyAccount());
              done++;
            }
            return done;
          };
      List<Callable<Long>> all = Collections.nCopies(count, transfers);
      long done = 0;
      for (Future<Long> each : threads.invokeAll(all)) {
        done += each.get();
      }
      return done * 1e9 / (System.nanoTime() - begin);
    }

    @Override
    public String toString() {
      double[] sorted = rates.stream().mapToDouble(each -> each).sorted().toArray();
      return "%-36s %6.0f/s  (%.0f to %.0f)"
          .formatted(
              who,
              sorted[sorted.length / 2],
              sorted[sorted.length / 4],
              sorted[sorted.length * 3 / 4]);
    }
  }

  /** Lets them take turns. */
  public static void main(String[] arguments) throws Exception {
    int count = Integer.parseInt(arguments[0]);
    int warmUp = Integer.parseInt(arguments[1]);
    int counted = Integer.parseInt(arguments[2]);
    List<Turns> all = new ArrayList<>();
    for (String each : Arrays.asList(arguments).subList(3, arguments.length)) {
      all.add(Turns.of(Contestant.valueOf(each)));
    }
    ExecutorService threads = Executors.newFixedThreadPool(count);
    for (int turn = 0; turn < warmUp + counted; turn++) {
      for (Turns each : all) {
        double rate = each.take(threads, count);
        if (turn >= warmUp) {
          each.rates().add(rate);
        }
      }
    }
    threads.shutdown();
    for (Turns each : all) {
      each.servers().check();
      System.out.println(each);
      each.transfer().close();
      each.servers().close();
    }
  }
}
