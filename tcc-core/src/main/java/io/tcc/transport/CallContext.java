package io.tcc.transport;

import io.tcc.context.Frame;
import io.tcc.transaction.Abridged;
import io.tcc.transaction.CallPath;
import io.tcc.transaction.GlobalTransaction;
import io.tcc.transaction.Instance;
import io.tcc.transaction.Site;
import io.tcc.transaction.Xid;
import java.time.Duration;
import java.time.Instant;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What a call tells the callee about the global transaction that it belongs to. Carriers add when
 * it was sent, and a signature.
 *
 * @param transaction the global transaction
 * @param path of the call
 * @param left time left for the work phase when it was sent: a duration, because clocks differ
 */
public record CallContext(GlobalTransaction transaction, CallPath path, Duration left) {

  private static final Pattern FORM =
      Pattern.compile(
          "xid=([0-9a-f]{32}) path=([0-9.]{1,64}) left=([0-9]{1,12}) begun=([0-9]{1,15})"
              + " timeout=([0-9]{1,12}) initiator=([A-Za-z0-9@._-]{1,97})");

  public CallContext {
    if (path.equals(CallPath.ROOT)) {
      throw new IllegalArgumentException("Path " + path + " is the initiator, not a call");
    }
  }

  /** The context of a call made from a frame. */
  public static CallContext of(Frame frame, CallPath path, Instant now) {
    Duration left = Duration.between(now, frame.deadline());
    return new CallContext(frame.transaction(), path, left.isNegative() ? Duration.ZERO : left);
  }

  /**
   * Reads what {@link #toString()} wrote.
   *
   * @throws IllegalArgumentException if the text is not of that form
   */
  public static CallContext parse(String text) {
    Matcher matcher = FORM.matcher(text);
    if (!matcher.matches()) {
      throw new IllegalArgumentException("Not a call context: " + Abridged.text(text, 80));
    }
    return new CallContext(
        new GlobalTransaction(
            new Xid(matcher.group(1)),
            Site.parse(matcher.group(6)),
            Instant.ofEpochMilli(Long.parseLong(matcher.group(4))),
            Duration.ofMillis(Long.parseLong(matcher.group(5)))),
        new CallPath(matcher.group(2)),
        Duration.ofMillis(Long.parseLong(matcher.group(3))));
  }

  /**
   * The frame in which the call is served.
   *
   * @param here the instance that serves it
   * @param sent when it was sent, on the caller's clock
   * @param skew how far the caller's clock may be off; the deadline counts from the arrival or from
   *     {@code sent + skew}, whichever is earlier
   */
  public Frame open(Instance here, Instant sent, Duration skew) {
    Instant arrival = here.clock().instant();
    Instant latestStart = sent.plus(skew);
    Instant start = arrival.isBefore(latestStart) ? arrival : latestStart;
    return new Frame(
        transaction, here.site(), path, here.identifiers().next(), start.plus(left), false);
  }

  @Override
  public String toString() {
    return "xid="
        + transaction.xid()
        + " path="
        + path
        + " left="
        + left.toMillis()
        + " begun="
        + transaction.begun().toEpochMilli()
        + " timeout="
        + transaction.timeout().toMillis()
        + " initiator="
        + transaction.initiator();
  }
}
