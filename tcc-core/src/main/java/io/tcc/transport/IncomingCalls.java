package io.tcc.transport;

import io.tcc.context.Frame;
import io.tcc.participant.BranchWork;
import io.tcc.transaction.Enlisted;
import io.tcc.transaction.Instance;
import io.tcc.transaction.Site;
import java.util.List;

/** The served side of calls that belong to a global transaction, whatever carries them. */
public final class IncomingCalls {

  private final Instance instance;
  private final Services services;
  private final Trust trust;
  private final TransportLimits limits;
  private final BranchWork work;

  public IncomingCalls(
      Instance instance, Services services, Trust trust, TransportLimits limits, BranchWork work) {
    this.instance = instance;
    this.services = services;
    this.trust = trust;
    this.limits = limits;
    this.work = work;
  }

  /** Name of the header that carries the context of a call. */
  public static String contextHeader() {
    return ContextHeader.NAME;
  }

  /** Name of the header that carries back what the call has enlisted. */
  public static String enlistedHeader() {
    return EnlistedHeader.NAME;
  }

  /**
   * Opens the frame in which a call is served.
   *
   * @param headers all values of its context header, one or more
   * @param local whether the call comes from this machine and was not forwarded to it
   * @throws MessageRefusedException if the call must not be served
   */
  public Frame open(List<String> headers, boolean local) throws MessageRefusedException {
    if (headers.size() != 1) {
      throw new MessageRefusedException(
          Refusal.MALFORMED, "It has " + headers.size() + " " + ContextHeader.NAME + " headers");
    }
    ContextHeader header = ContextHeader.read(headers.get(0));
    trust.check(header.signed(), header.signature(), header.sent(), header.audience(), local);
    trust.checkLog(header.audience());
    Site initiator = header.context().transaction().initiator();
    if (initiator.service().equals(instance.site().service())) {
      if (!instance.site().answersFor(initiator)) {
        throw new MessageRefusedException(
            Refusal.WRONG_LOG,
            "Its transaction was begun by this service in another log, "
                + initiator
                + "; the log here is "
                + instance.site().log());
      }
    } else if (services.address(initiator.service()).isEmpty()) {
      throw new MessageRefusedException(
          Refusal.UNKNOWN_INITIATOR,
          "Its transaction was begun by service "
              + initiator.service()
              + ", whose address is not known here, so its outcome could not be asked for: set"
              + " tcc.services."
              + initiator.service()
              + ".url");
    }
    return header.context().open(instance, header.sent(), limits.skew());
  }

  /**
   * Ends a served call: nothing more can be enlisted in it.
   *
   * @return what the caller has to be told
   */
  public Enlisted close(Frame frame) {
    frame.close();
    if (!frame.isFenced()) {
      refuseRepetition(frame);
    }
    return frame.enlisted();
  }

  /** The text of what the caller is told, short enough for a header. */
  public String enlistedText(Enlisted enlisted) {
    return EnlistedHeader.write(enlisted, limits.enlisted());
  }

  /**
   * An execution that left no branch may be the second one of its call, after a redirect or a
   * repetition by a proxy: the first one's branches are then not in the answer.
   */
  private void refuseRepetition(Frame frame) {
    try {
      if (work.wasExecutedBefore(frame)) {
        frame.forbidCommit("call " + frame.path() + " was executed twice");
      }
    } catch (RuntimeException e) {
      frame.forbidCommit("it could not be checked whether the call was executed before: " + e);
    }
  }
}
