package io.tcc.transaction;

import java.util.regex.Pattern;

/**
 * A service together with the log that it writes. Two instances on one database are one site; the
 * same service on another database (a second H2 file, blue/green, a restored copy) is another one
 * and must not answer for the first.
 *
 * @param service the service id, as configured
 * @param log the log's identity; empty where it is not known, as for a call that never answered
 */
public record Site(String service, String log) implements Comparable<Site> {

  private static final Pattern SERVICE = Pattern.compile("[A-Za-z0-9][A-Za-z0-9._-]{0,63}");
  private static final Pattern LOG = Pattern.compile("[0-9a-f]{0,32}");

  public Site {
    if (!SERVICE.matcher(service).matches()) {
      throw new IllegalArgumentException(
          "A service id has 1 to 64 letters, digits, dots, hyphens or underscores"
              + " and starts with a letter or digit, this has not: "
              + Abridged.text(service, 80));
    }
    if (!LOG.matcher(log).matches()) {
      throw new IllegalArgumentException(
          "A log id has at most 32 lower-case hexadecimal digits, this has not: "
              + Abridged.text(log, 40));
    }
  }

  /** The service, whichever log it writes. */
  public static Site ofUnknownLog(String service) {
    return new Site(service, "");
  }

  /** Reads what {@link #toString()} wrote. */
  public static Site parse(String text) {
    int at = text.indexOf('@');
    return at < 0 ? ofUnknownLog(text) : new Site(text.substring(0, at), text.substring(at + 1));
  }

  public boolean knowsItsLog() {
    return !log.isEmpty();
  }

  /** Whether a message for {@code addressee} may be answered here. */
  public boolean answersFor(Site addressee) {
    return service.equals(addressee.service)
        && (!addressee.knowsItsLog() || log.equals(addressee.log));
  }

  @Override
  public int compareTo(Site other) {
    int byService = service.compareTo(other.service);
    return byService != 0 ? byService : log.compareTo(other.log);
  }

  /** {@code service@log}, or the service alone. */
  @Override
  public String toString() {
    return knowsItsLog() ? service + "@" + log : service;
  }
}
