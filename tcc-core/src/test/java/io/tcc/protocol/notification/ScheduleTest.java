package io.tcc.protocol.notification;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.function.DoubleSupplier;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** When third parties are called again. */
class ScheduleTest {

  private static final DoubleSupplier LOWEST = () -> 0;
  private static final DoubleSupplier HIGHEST = () -> 1;

  @Test
  void theNamedSchedulesAreThoseOfWhoeverTheyAreNamedAfter() {
    assertThat(minutes(Schedule.ALIPAY))
        .containsExactly(4.0, 10.0, 10.0, 60.0, 120.0, 360.0, 900.0);
    assertThat(minutes(Schedule.WECHAT_PAY))
        .containsExactly(
            0.25, 0.25, 0.5, 3.0, 10.0, 20.0, 30.0, 30.0, 30.0, 60.0, 180.0, 180.0, 180.0, 360.0,
            360.0);
    assertThat(minutes(Schedule.STANDARD_WEBHOOKS))
        .containsExactly(5 / 60.0, 5.0, 30.0, 120.0, 300.0, 600.0, 840.0, 1200.0, 1440.0);
    assertThat(minutes(Schedule.SVIX))
        .containsExactly(5 / 60.0, 5.0, 30.0, 120.0, 300.0, 600.0, 600.0);
    assertThat(Schedule.NAMED)
        .extracting(Schedule::name)
        .containsExactly("alipay", "wechat-pay", "svix", "standard-webhooks");
  }

  private static List<Double> minutes(Schedule schedule) {
    return schedule.delays().stream().map(delay -> delay.toMillis() / 60_000.0).toList();
  }

  @Test
  void withoutJitterEachDelayIsExactlyTheListedOneAndAfterTheLastThereIsNone() {
    Schedule schedule =
        new Schedule("own", List.of(Duration.ofSeconds(1), Duration.ofSeconds(7)), 0);

    assertThat(schedule.delay(1, HIGHEST)).contains(Duration.ofSeconds(1));
    assertThat(schedule.delay(2, LOWEST)).contains(Duration.ofSeconds(7));
    assertThat(schedule.delay(3, HIGHEST)).isEqualTo(Optional.empty());
  }

  @Test
  void svixIsTwentyPercentEarlierOrLater() {
    assertThat(Schedule.SVIX.delay(2, LOWEST)).contains(Duration.ofMinutes(4));
    assertThat(Schedule.SVIX.delay(2, () -> 0.5)).contains(Duration.ofMinutes(5));
    assertThat(Schedule.SVIX.delay(2, HIGHEST)).contains(Duration.ofMinutes(6));
  }

  @Test
  void aScheduleIsBounded() {
    assertThatThrownBy(() -> new Schedule("x", List.of(Duration.ZERO), 0))
        .hasMessageContaining("positive and at most 30 days");
    assertThatThrownBy(() -> new Schedule("x", List.of(Duration.ofDays(31)), 0))
        .hasMessageContaining("positive and at most 30 days");
    assertThatThrownBy(() -> new Schedule("x", Collections.nCopies(101, Duration.ofSeconds(1)), 0))
        .hasMessageContaining("at most 100 delays");
    assertThatThrownBy(() -> new Schedule("x", List.of(), 0.6)).hasMessageContaining("jitter");
    assertThat(
            IntStream.rangeClosed(0, 1)
                .mapToObj(n -> new Schedule("x", List.of(), 0).delay(n, LOWEST)))
        .allMatch(Optional::isEmpty);
  }
}
