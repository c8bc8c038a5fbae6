package io.tcc.benchmarks;

import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.NullUnmarked;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/**
 * One update in each of two PostgreSQL databases, as one transaction: by hand, with this library,
 * with Narayana, with Atomikos. At the end no unit may be lost, and nothing left prepared.
 */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.Throughput)
@OutputTimeUnit(TimeUnit.SECONDS)
@Warmup(iterations = 2, time = 3)
@Measurement(iterations = 3, time = 3)
@Fork(1)
@NullUnmarked
public class TwoPhaseBenchmark {

  /** Who. */
  @Param public Contestant contestant;

  private TwoServers servers;
  private Transfer transfer;

  /** Starts the databases and the contestant. */
  @Setup
  public void start() throws Exception {
    servers = new TwoServers();
    transfer = contestant.start(servers);
  }

  /** Looks at what it did, and stops everything. */
  @TearDown
  public void stop() throws Exception {
    try {
      servers.check();
    } finally {
      transfer.close();
      servers.close();
    }
  }

  /** A transfer between any two accounts. */
  @Benchmark
  public void transfer() throws Exception {
    transfer.run(TwoServers.anyAccount(), TwoServers.anyAccount());
  }
}
