package io.tcc.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.IntSupplier;
import org.junit.jupiter.api.Test;

class HousekeepingTest {

  private static final int BATCH = 10;
  private static final Instant START = Instant.parse("2026-11-30T00:00:00Z");

  private final Housekeeping housekeeping = new Housekeeping(BATCH);
  private final AtomicInteger old = new AtomicInteger();
  private final AtomicInteger looks = new AtomicInteger();

  private int deleteABatch() {
    looks.incrementAndGet();
    int deleted = Math.min(BATCH, old.get());
    old.addAndGet(-deleted);
    return deleted;
  }

  private int purge(Instant now) {
    return housekeeping.purge(now, this::deleteABatch);
  }

  @Test
  void goesOnAtOnceWhileThereIsAsMuchAsABatch() {
    old.set(2 * BATCH + 1);
    assertThat(purge(START)).isEqualTo(BATCH);
    assertThat(housekeeping.hasMore(START)).isTrue();
    assertThat(purge(START)).isEqualTo(BATCH);
    assertThat(purge(START.plusMillis(1))).isEqualTo(1);
    assertThat(housekeeping.hasMore(START.plusMillis(1))).isFalse();
  }

  @Test
  void looksForMoreNoSoonerThanAMinuteLater() {
    assertThat(purge(START)).isZero();
    old.set(1);
    assertThat(purge(START.plusSeconds(59))).isZero();
    assertThat(looks).hasValue(1);
    assertThat(housekeeping.hasMore(START.plusSeconds(59))).isFalse();
    assertThat(purge(START.plusSeconds(60))).isEqualTo(1);
  }

  @Test
  void aClockThatWasPutBackStopsNothing() {
    assertThat(purge(START.plus(Duration.ofDays(1)))).isZero();
    old.set(1);
    assertThat(purge(START)).isEqualTo(1);
  }

  @Test
  void oneKindOfWhichThereIsMoreIsEnough() {
    old.set(BATCH);
    IntSupplier little = () -> 1;
    assertThat(housekeeping.purge(START, this::deleteABatch, little)).isEqualTo(BATCH + 1);
    assertThat(housekeeping.hasMore(START)).isTrue();
  }

  @Test
  void whatFailedIsTriedAgainByTheNextPass() {
    IntSupplier away =
        () -> {
          throw new IllegalStateException("away");
        };
    assertThatThrownBy(() -> housekeeping.purge(START, away)).hasMessage("away");
    old.set(1);
    assertThat(purge(START.plus(Duration.ofMillis(1)))).isEqualTo(1);
  }
}
