package io.tcc.transaction;

import java.time.Clock;
import java.util.Set;

/**
 * This process, as one instance of its service.
 *
 * @param site the service and the log that all its instances share
 * @param retiredLogs identities that the log had before, see {@link #holds}
 * @param name of this instance, unique among them; at most 100 characters
 * @param clock the log database's time, which all instances share
 * @param identifiers source of random identities
 */
public record Instance(
    Site site, Set<String> retiredLogs, String name, Clock clock, Identifiers identifiers) {

  public Instance {
    retiredLogs = Set.copyOf(retiredLogs);
  }

  /** One whose log has had one identity only. */
  public Instance(Site site, String name, Clock clock, Identifiers identifiers) {
    this(site, Set.of(), name, clock, identifiers);
  }

  /**
   * Whether rows of a site are in the log here. Those of a retired identity are; yet others may
   * have them too, and newer ones, so nothing is decided here, and nobody is told, in its name.
   */
  public boolean holds(Site other) {
    return site.answersFor(other) || isRetired(other);
  }

  /** Whether a site is this service under an identity that its log has given up. */
  public boolean isRetired(Site other) {
    return site.service().equals(other.service()) && retiredLogs.contains(other.log());
  }
}
