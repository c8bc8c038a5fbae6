package io.tcc.protocol.notification;

import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.function.DoubleSupplier;

/**
 * When a third party is called again. The first call comes right after the commit, each further one
 * a delay after the failure of the one before.
 *
 * @param name for people
 * @param delays between the attempts, 0 to 100, each positive and at most 30 days
 * @param jitter by which part of itself each delay is longer or shorter, at random; 0 to 0.5
 */
public record Schedule(String name, List<Duration> delays, double jitter) {

  // First: the schedules below are checked against them.
  private static final int MAX_DELAYS = 100;
  private static final Duration LONGEST = Duration.ofDays(30);
  private static final double LARGEST_JITTER = 0.5;

  /** What Alipay's asynchronous notification does. */
  public static final Schedule ALIPAY = named("alipay", 0, "4m 10m 10m 1h 2h 6h 15h");

  /** What WeChat Pay's result notification does. */
  public static final Schedule WECHAT_PAY =
      named("wechat-pay", 0, "15s 15s 30s 3m 10m 20m 30m 30m 30m 60m 3h 3h 3h 6h 6h");

  /** What Svix does. */
  public static final Schedule SVIX = named("svix", 0.2, "5s 5m 30m 2h 5h 10h 10h");

  /** What the specification of Standard Webhooks recommends. */
  public static final Schedule STANDARD_WEBHOOKS =
      named("standard-webhooks", 0, "5s 5m 30m 2h 5h 10h 14h 20h 24h");

  /** Those with a name. */
  public static final List<Schedule> NAMED = List.of(ALIPAY, WECHAT_PAY, SVIX, STANDARD_WEBHOOKS);

  public Schedule {
    delays = List.copyOf(delays);
    if (delays.size() > MAX_DELAYS) {
      throw new IllegalArgumentException(
          "A schedule has at most " + MAX_DELAYS + " delays, not " + delays.size());
    }
    for (Duration delay : delays) {
      if (delay.isNegative() || delay.isZero() || delay.compareTo(LONGEST) > 0) {
        throw new IllegalArgumentException(
            "The delays of a schedule are positive and at most 30 days: " + delay);
      }
    }
    if (!(jitter >= 0 && jitter <= LARGEST_JITTER)) {
      throw new IllegalArgumentException("The jitter is between 0 and 0.5: " + jitter);
    }
  }

  private static Schedule named(String name, double jitter, String delays) {
    return new Schedule(
        name,
        Arrays.stream(delays.split(" ", -1))
            .map(each -> Duration.parse("PT" + each.toUpperCase(Locale.ROOT)))
            .toList(),
        jitter);
  }

  /**
   * The delay after so many failed attempts, counted from 1; empty if that was the last.
   *
   * @param chance gives numbers from 0 to 1
   */
  public Optional<Duration> delay(int failed, DoubleSupplier chance) {
    if (failed < 1 || failed > delays.size()) {
      return Optional.empty();
    }
    Duration listed = delays.get(failed - 1);
    if (jitter == 0) {
      return Optional.of(listed);
    }
    double factor = 1 + jitter * (2 * chance.getAsDouble() - 1);
    return Optional.of(Duration.ofMillis((long) (listed.toMillis() * factor)));
  }
}
