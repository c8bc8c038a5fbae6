package io.tcc.transport;

import io.tcc.context.Frame;
import io.tcc.context.TransactionContext;
import io.tcc.transaction.Instance;
import io.tcc.transaction.Site;
import io.tcc.transaction.WorkRefusedException;
import java.net.URI;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;

/** The calling side of calls that belong to a global transaction, whatever carries them. */
public final class OutgoingCalls {

  private final Instance instance;
  private final TransactionContext context;
  private final Services services;
  private final Signatures signatures;
  private final TransportLimits limits;

  public OutgoingCalls(
      Instance instance,
      TransactionContext context,
      Services services,
      Signatures signatures,
      TransportLimits limits) {
    this.instance = instance;
    this.context = context;
    this.services = services;
    this.signatures = signatures;
    this.limits = limits;
  }

  /** The thread's transaction, to which carriers that change threads refer. */
  public TransactionContext context() {
    return context;
  }

  /**
   * Registers a call in the transaction of the current thread.
   *
   * @return empty if there is none, or the addressee does not take part in it
   * @throws WorkRefusedException if the work phase of the transaction is over
   */
  public Optional<OutgoingCall> start(URI target) {
    return context.current().flatMap(frame -> start(frame, target));
  }

  /**
   * Registers a call in a transaction.
   *
   * @return empty if the addressee does not take part in it
   * @throws WorkRefusedException if the work phase of the transaction is over
   */
  public Optional<OutgoingCall> start(Frame frame, URI target) {
    return services.participant(target).map(service -> start(frame, service, target));
  }

  private OutgoingCall start(Frame frame, String service, URI target) {
    Instant now = instance.clock().instant();
    Duration left = Duration.between(now, frame.deadline());
    if (left.isNegative() || left.isZero()) {
      throw new WorkRefusedException(
          frame.transaction().xid(),
          "The call to " + service + " came after the deadline of the global transaction",
          null);
    }
    Frame.Call call = frame.startCall(service);
    Site initiator = frame.transaction().initiator();
    Site audience = initiator.service().equals(service) ? initiator : Site.ofUnknownLog(service);
    String header =
        ContextHeader.write(CallContext.of(frame, call.path(), now), now, audience, signatures);
    return new OutgoingCall(call, service, target, header, left, limits.enlisted());
  }
}
