package io.tcc.transport;

import io.tcc.protocol.outbox.Handover;
import io.tcc.protocol.outbox.Inbox;
import io.tcc.protocol.outbox.Parcel;
import io.tcc.protocol.outbox.ReplyDesk;
import io.tcc.protocol.outbox.Result;
import io.tcc.transaction.Site;
import java.time.Duration;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Takes what brokers bring, one at a time:
 *
 * <ol>
 *   <li>What is addressed to another service, or to another log of this one, is nobody's here: it
 *       is passed over. Several services may read one topic.
 *   <li>What is not of the right form, or not signed as it should be, is refused: counted, passed
 *       over, and nothing is changed. Without a secret, whoever may write at the broker is
 *       believed.
 *   <li>A message is executed by the inbox, a result is noted by the reply desk, each in a local
 *       transaction of its own.
 *   <li>Only what is durable here is taken, and may be acknowledged at the broker. What is not, the
 *       broker brings again, ahead of those behind it.
 *   <li>A message that was not executed after the last attempt is dead: that is stored as a report
 *       to its sender, whose operator may have it sent again. If the report cannot be stored
 *       either, the database is away, and there is one attempt more.
 * </ol>
 *
 * <p>A result that cannot be noted after the last attempt is passed over: its message stays sent,
 * and is sent again when its reply is missed.
 */
public final class Arrivals {

  private static final Logger log = LoggerFactory.getLogger(Arrivals.class);

  private final Site here;
  private final Signatures signatures;
  private final Inbox inbox;
  private final ReplyDesk replies;
  private final Refusals refusals;
  private final Duration within;
  private final int attempts;

  /**
   * @param within longest wait for one message
   * @param attempts after which a message is dead, at least 1
   */
  public Arrivals(
      Site here,
      Signatures signatures,
      Inbox inbox,
      ReplyDesk replies,
      Refusals refusals,
      Duration within,
      int attempts) {
    this.here = here;
    this.signatures = signatures;
    this.inbox = inbox;
    this.replies = replies;
    this.refusals = refusals;
    this.within = within;
    this.attempts = attempts;
  }

  /**
   * Takes what a broker brings. Does not throw.
   *
   * @param attempt the how manieth it is, counted from 1 by whoever brings it
   * @return accepted if the broker may forget it; otherwise it is to be brought again
   */
  public Handover take(Envelope envelope, int attempt) {
    try {
      if (!isForHere(envelope)) {
        return Handover.ACCEPTED;
      }
      believe(envelope);
      return envelope.isMessage()
          ? execute(envelope.from(), envelope.parcel(), attempt)
          : note(envelope.from(), envelope.result(), attempt);
    } catch (MessageRefusedException e) {
      refusals.refused(e.reason(), "From a broker: " + e.getMessage());
      return Handover.ACCEPTED;
    } catch (IllegalArgumentException e) {
      refusals.refused(Refusal.MALFORMED, "From a broker: " + e.getMessage());
      return Handover.ACCEPTED;
    }
  }

  private boolean isForHere(Envelope envelope) {
    Site to = envelope.to();
    return to.service().equals(here.service()) && here.answersFor(to);
  }

  private void believe(Envelope envelope) throws MessageRefusedException {
    String signature = envelope.signature();
    if (signatures.isPresent() && signature == null) {
      throw new MessageRefusedException(
          Refusal.UNSIGNED, "it is not signed: set tcc.security.secret at the sender");
    }
    if (signature != null
        && !(signatures.isPresent() && signatures.verify(envelope.signed(), signature))) {
      throw new MessageRefusedException(
          Refusal.FORGED,
          "its signature is wrong: tcc.security.secret differs between the two services, or it was"
              + " tampered with");
    }
  }

  private Handover execute(Site sender, Parcel parcel, int attempt) {
    Handover handover = inbox.receive(sender, List.of(parcel), within).get(0);
    boolean isLast = attempt >= attempts || inbox.isTooOld(parcel);
    if (handover.kind() == Handover.Kind.ACCEPTED || !isLast) {
      return handover;
    }
    log.error(
        "Message {} of topic {} from {} is dead after {} attempts, and its sender is told: {}",
        parcel.id(),
        parcel.topic(),
        sender.service(),
        attempt,
        handover.detail());
    return inbox.giveUp(sender, parcel, handover.detail());
  }

  private Handover note(Site receiver, Result result, int attempt) {
    Handover handover = replies.receive(receiver, List.of(result)).get(0);
    if (handover.kind() == Handover.Kind.ACCEPTED || attempt < attempts) {
      return handover;
    }
    log.warn(
        "The result of message {} was not noted in {} attempts; the message is sent again: {}",
        result.message(),
        attempt,
        handover.detail());
    return Handover.ACCEPTED;
  }
}
