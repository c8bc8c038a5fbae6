package io.tcc.transport.http;

import io.tcc.transaction.Site;
import io.tcc.transaction.Xid;
import io.tcc.transport.CallContext;
import io.tcc.transport.SignedCalls;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.List;
import java.util.function.UnaryOperator;

/** A call to the application of a service, inside a global transaction; good unless changed. */
final class BusinessCall extends RawCall {

  CallContext context;
  Instant sent;
  Site audience;
  String[] secrets;

  /** What becomes of the header's text. */
  UnaryOperator<String> text = UnaryOperator.identity();

  private BusinessCall(RunningService receiver, CallContext context) {
    super(
        receiver.url() + "/do",
        "[{\"what\":\"reserve\",\"argument\":\"raw\",\"steps\":[]}]"
            .getBytes(StandardCharsets.UTF_8));
    this.context = context;
    this.sent = receiver.clock().instant();
    this.audience = Site.ofUnknownLog(receiver.id());
    this.secrets = receiver.secrets().toArray(String[]::new);
  }

  /** Reserves something, as call 1 of a transaction. */
  static BusinessCall reserve(RunningService receiver, Xid xid, Site initiator) {
    return new BusinessCall(receiver, SignedCalls.context(xid, "1", initiator));
  }

  String header() {
    return text.apply(SignedCalls.header(context, sent, audience, secrets));
  }

  @Override
  List<String> ownHeaders() {
    return List.of("Tcc-Context", header());
  }
}
