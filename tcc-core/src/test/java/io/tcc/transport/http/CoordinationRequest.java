package io.tcc.transport.http;

import io.tcc.transaction.Site;
import io.tcc.transport.Signatures;
import java.time.Instant;
import java.util.List;
import java.util.function.UnaryOperator;

/** A coordination call; good unless changed. */
final class CoordinationRequest extends RawCall {

  Site from;
  Site to;
  Instant sent;
  List<String> secrets;
  String signedOperation;

  /** What the signature is of; null: of the body. */
  byte[] signedBody;

  /** What becomes of the signature's header. */
  UnaryOperator<String> text = UnaryOperator.identity();

  CoordinationRequest(RunningService receiver, Site from, String operation, byte[] body) {
    super(receiver.url() + "/tcc" + operation, body);
    this.from = from;
    this.to = receiver.instance().site();
    this.sent = receiver.clock().instant();
    this.secrets = receiver.secrets();
    this.signedOperation = operation;
  }

  String header() {
    return text.apply(
        CoordinationSignature.of(
                from,
                to,
                sent,
                signedOperation,
                signedBody == null ? body : signedBody,
                new Signatures(secrets))
            .toString());
  }

  @Override
  List<String> ownHeaders() {
    return List.of(CoordinationSignature.NAME, header());
  }
}
