package io.tcc.protocol.notification;

import java.net.URI;
import java.time.Duration;
import java.util.List;

/**
 * A third party that is told.
 *
 * @param name 1 to 64 letters, digits, dots, hyphens and underscores
 * @param url where it takes notifications
 * @param secrets that sign; each makes a signature of its own, so that they can be exchanged
 * @param schedule of further attempts
 * @param acknowledgement by what it acknowledges
 * @param timeout of one attempt, from the look-up of the address to the end of the answer
 * @param concurrency most calls to it at the same time
 * @param plainHttp whether its address may be http
 */
public record Target(
    String name,
    URI url,
    List<String> secrets,
    Schedule schedule,
    Acknowledgement acknowledgement,
    Duration timeout,
    int concurrency,
    boolean plainHttp) {

  /** What a name is like. */
  public static final String NAME = "[A-Za-z0-9][A-Za-z0-9._-]{0,63}";

  public Target {
    secrets = List.copyOf(secrets);
    if (!name.matches(NAME)) {
      throw new IllegalArgumentException(
          "The name of a target has 1 to 64 letters, digits, dots, hyphens and underscores: "
              + name);
    }
    if (timeout.isNegative() || timeout.isZero() || concurrency < 1) {
      throw new IllegalArgumentException(
          "Timeout and concurrency are positive: " + timeout + ", " + concurrency);
    }
    if (secrets.isEmpty()) {
      throw new IllegalArgumentException("Target " + name + " has no secret");
    }
  }

  /** Keeps the secrets out of logs. */
  @Override
  public String toString() {
    return "Target " + name + " at " + url;
  }
}
