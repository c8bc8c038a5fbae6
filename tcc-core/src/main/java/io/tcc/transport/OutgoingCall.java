package io.tcc.transport;

import io.tcc.context.Frame;
import io.tcc.transaction.Enlisted;
import java.net.URI;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.BiConsumer;

/**
 * A call under way. The carrier settles it as soon as it knows the answer, or that there will be
 * none; what it says afterwards is ignored.
 */
public final class OutgoingCall {

  private final Frame.Call call;
  private final String service;
  private final URI target;
  private final String header;
  private final Duration left;
  private final int longestAnswer;
  private final AtomicBoolean settled = new AtomicBoolean();

  OutgoingCall(
      Frame.Call call,
      String service,
      URI target,
      String header,
      Duration left,
      int longestAnswer) {
    this.call = call;
    this.service = service;
    this.target = target;
    this.header = header;
    this.left = left;
    this.longestAnswer = longestAnswer;
  }

  /** Time left for it, when it was registered. */
  public Duration left() {
    return left;
  }

  /**
   * Writes the context into the headers of the request, in place of any that are there.
   *
   * @param headers sets a header by name and value
   */
  public void inject(BiConsumer<String, String> headers) {
    try {
      headers.accept(ContextHeader.NAME, header);
    } catch (RuntimeException e) {
      if (settle()) {
        call.notSent();
      }
      throw e;
    }
  }

  /** The callee has answered. */
  public void answered(Answer answer) {
    if (!settle()) {
      return;
    }
    Enlisted enlisted;
    try {
      enlisted =
          EnlistedHeader.read(answer.header(EnlistedHeader.NAME), call.path(), longestAnswer);
    } catch (IllegalArgumentException e) {
      call.unknown(
          "to "
              + target.getScheme()
              + "://"
              + target.getRawAuthority()
              + target.getRawPath()
              + ": "
              + e.getMessage()
              + ". If "
              + service
              + " does not take part in global transactions, set tcc.services."
              + service
              + ".participates=false");
      return;
    }
    call.answered(enlisted, answer.failed());
  }

  /**
   * There is, or will be, no answer. What happened at the callee is unknown even if the connection
   * was refused: clients repeat requests and follow redirects of their own accord, and the failure
   * may be that of the last attempt only.
   *
   * @param why for people
   */
  public void unanswered(String why) {
    if (settle()) {
      call.unknown(why);
    }
  }

  private boolean settle() {
    return settled.compareAndSet(false, true);
  }

  /** A response, as far as transactions care. */
  public interface Answer {

    /** All values of a header. */
    List<String> header(String name);

    /** Whether it reports a failure of the call. */
    boolean failed();
  }
}
