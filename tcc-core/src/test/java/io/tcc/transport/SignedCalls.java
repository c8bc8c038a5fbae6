package io.tcc.transport;

import io.tcc.transaction.CallPath;
import io.tcc.transaction.GlobalTransaction;
import io.tcc.transaction.Site;
import io.tcc.transaction.Xid;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.UUID;

/** Context headers as a caller would send them, or as one should not. */
public final class SignedCalls {

  private SignedCalls() {}

  public static Xid xid() {
    return new Xid(UUID.randomUUID().toString().replace("-", ""));
  }

  /** A context of a transaction that was begun a moment ago. */
  public static CallContext context(Xid xid, String path, Site initiator) {
    return new CallContext(
        new GlobalTransaction(
            xid, initiator, Instant.now().truncatedTo(ChronoUnit.MILLIS), Duration.ofSeconds(20)),
        new CallPath(path),
        Duration.ofSeconds(20));
  }

  public static String header(CallContext context, Instant sent, Site audience, String... secrets) {
    return ContextHeader.write(context, sent, audience, new Signatures(List.of(secrets)));
  }
}
