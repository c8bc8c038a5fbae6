package io.tcc.transport;

import java.time.Duration;

/**
 * The bounds of what is accepted from, and sent to, other services.
 *
 * @param skew how far the clocks of two services may be apart
 * @param age how old a message may be when it arrives, beyond the skew
 * @param enlisted longest {@code Tcc-Enlisted} header, in characters; a longer one says that the
 *     result is unknown
 * @param body largest body of a coordination call or its answer, in bytes
 */
public record TransportLimits(Duration skew, Duration age, int enlisted, int body) {

  /** Thirty seconds, two minutes, 4 KB and 256 KB. */
  public static final TransportLimits DEFAULT =
      new TransportLimits(Duration.ofSeconds(30), Duration.ofMinutes(2), 4096, 256 * 1024);

  public TransportLimits {
    if (skew.isNegative() || age.isNegative()) {
      throw new IllegalArgumentException("Skew and age are not negative: " + skew + ", " + age);
    }
    if (enlisted < 256 || body < 1024) {
      throw new IllegalArgumentException(
          "An enlisted header has at least 256 characters, a body 1024 bytes: "
              + enlisted
              + ", "
              + body);
    }
  }
}
