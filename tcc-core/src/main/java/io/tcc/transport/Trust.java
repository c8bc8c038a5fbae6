package io.tcc.transport;

import io.tcc.transaction.Instance;
import io.tcc.transaction.Site;
import java.time.Duration;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * Which messages are believed:
 *
 * <ol>
 *   <li>With a secret, those whose signature one of the known secrets has made; without one, those
 *       that come from this machine and were not forwarded to it.
 *   <li>Those sent lately, on a clock that is about right.
 *   <li>Those meant for this service; and, where they name a log, for this one.
 * </ol>
 */
public final class Trust {

  private final Instance here;
  private final Signatures signatures;
  private final TransportLimits limits;

  /**
   * @param here who receives
   */
  public Trust(Instance here, Signatures signatures, TransportLimits limits) {
    this.here = here;
    this.signatures = signatures;
    this.limits = limits;
  }

  /**
   * Checks a message, but for the log that it is meant for: see {@link #checkLog}.
   *
   * @param signed the text that the signature is of
   * @param signature its signature, if it has one
   * @param sent when, on the sender's clock
   * @param audience for whom it is meant
   * @param local whether it comes from this machine and was not forwarded to it
   * @throws MessageRefusedException if it must not be acted upon
   */
  public void check(
      String signed, @Nullable String signature, Instant sent, Site audience, boolean local)
      throws MessageRefusedException {
    if (signatures.isPresent()) {
      if (signature == null) {
        throw refused(Refusal.UNSIGNED, "It is not signed: set tcc.security.secret at the sender");
      }
      if (!signatures.verify(signed, signature)) {
        throw refused(
            Refusal.FORGED,
            "Its signature is wrong: tcc.security.secret differs between the two services, or it was"
                + " tampered with");
      }
    } else if (signature != null) {
      throw refused(
          Refusal.FORGED, "It is signed, but tcc.security.secret is not set here to verify it");
    } else if (!local) {
      throw refused(
          Refusal.UNSIGNED,
          "It comes from another machine, or through a proxy, and is not signed: set"
              + " tcc.security.secret, the same in all services");
    }
    Duration age = Duration.between(sent, here.clock().instant());
    if (age.compareTo(limits.skew().negated()) < 0
        || age.compareTo(limits.skew().plus(limits.age())) > 0) {
      throw refused(Refusal.STALE, "It was sent at " + sent + ", too far from this service's time");
    }
    String service = here.site().service();
    if (!service.equals(audience.service())) {
      throw refused(
          Refusal.WRONG_SERVICE,
          "It is meant for service "
              + audience.service()
              + ", this is "
              + service
              + ": compare tcc.services at the sender with the service id here");
    }
  }

  /**
   * Checks that a message is not meant for another log of this service.
   *
   * @throws MessageRefusedException if it is
   */
  public void checkLog(Site audience) throws MessageRefusedException {
    if (!here.site().answersFor(audience)) {
      throw refused(
          Refusal.WRONG_LOG,
          "It is meant for "
              + audience
              + (here.isRetired(audience) ? ", an identity that this log has given up" : "")
              + "; the log here is "
              + here.site().log());
    }
  }

  /** Whether a message is meant for this log under an identity that it has given up. */
  public boolean isForRetiredLog(Site audience) {
    return here.isRetired(audience);
  }

  private static MessageRefusedException refused(Refusal reason, String message) {
    return new MessageRefusedException(reason, message);
  }
}
