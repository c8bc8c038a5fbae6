package io.tcc.transport.http;

import io.tcc.context.Frame;
import io.tcc.context.TransactionContext;
import io.tcc.transaction.Enlisted;
import io.tcc.transport.IncomingCalls;
import jakarta.servlet.AsyncEvent;
import jakarta.servlet.AsyncListener;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import org.jspecify.annotations.Nullable;

/**
 * A request that is served in a frame, and its answer.
 *
 * <p>A response must not be touched by two threads at once, and not at all once its request has
 * ended: the container uses it again. So the header is written only by the thread that runs the
 * filter chain, when something changes on that thread, and by whichever thread writes to the
 * response, before it writes. Changes on other threads are written by these. What is still under
 * way when the chain returns was registered before, so that the header says {@code unknown} by
 * then.
 */
final class ServedCall {

  private static final int MAX_BYTES_PER_CHAR = 4;

  private final TransactionContext context;
  private final Frame frame;
  private final IncomingCalls calls;
  private final HttpServletResponse response;

  private volatile String wanted = "";
  private volatile String told = "";
  private volatile boolean closed;
  private volatile @Nullable Thread owner;

  // As unsafe between threads as the response itself.
  private long written;
  private long declared = Long.MAX_VALUE;

  ServedCall(
      TransactionContext context, Frame frame, IncomingCalls calls, HttpServletResponse response) {
    this.context = context;
    this.frame = frame;
    this.calls = calls;
    this.response = response;
  }

  Frame frame() {
    return frame;
  }

  /** The current thread runs the filter chain from here. */
  void enter() {
    owner = Thread.currentThread();
    frame.whenEnlistedChanges(this::changed);
  }

  /** It has come back from the filter chain. */
  void leave(HttpServletRequest request) {
    owner = null;
    if (!request.isAsyncStarted()) {
      close();
      return;
    }
    tell();
    try {
      request.getAsyncContext().addListener(new Closing());
    } catch (IllegalStateException e) {
      // It was completed or dispatched in this instant. A dispatch comes by here again.
      frame.close();
    }
  }

  /** Called under the frame's lock, on whichever thread something happened. */
  private void changed(Enlisted enlisted) {
    if (closed) {
      return;
    }
    wanted = calls.enlistedText(enlisted);
    if (Thread.currentThread() == owner) {
      tell();
    }
  }

  private void tell() {
    String text = wanted;
    if (!text.equals(told) && !response.isCommitted()) {
      response.setHeader(IncomingCalls.enlistedHeader(), text);
      told = text;
    }
  }

  /** The response is about to be committed, or the request has ended. */
  void close() {
    if (closed) {
      return;
    }
    // If a task writes the response, it is over as far as the caller is concerned.
    context.endTask();
    wanted = calls.enlistedText(calls.close(frame));
    closed = true;
    tell();
  }

  /** The response was set back to what it was at birth. */
  void reset() {
    written = 0;
    declared = Long.MAX_VALUE;
    told = "";
    tell();
  }

  /** The body written so far was thrown away. */
  void resetBuffer() {
    written = 0;
  }

  /** The application has announced the length of the body. */
  void declare(long length) {
    declared = length < 0 ? Long.MAX_VALUE : length;
  }

  /** So many bytes are about to be written; a full buffer, or a complete body, is committed. */
  void writing(long bytes) {
    written += bytes;
    if (written >= Math.min(declared, response.getBufferSize())) {
      close();
    } else {
      tell();
    }
  }

  /** So many characters are about to be written. */
  void writingChars(long chars) {
    writing(chars * MAX_BYTES_PER_CHAR);
  }

  /** Ends the frame with an asynchronous request; the response is the container's again. */
  private final class Closing implements AsyncListener {

    @Override
    public void onComplete(AsyncEvent event) {
      frame.close();
    }

    @Override
    public void onTimeout(AsyncEvent event) {}

    @Override
    public void onError(AsyncEvent event) {}

    @Override
    public void onStartAsync(AsyncEvent event) {
      event.getAsyncContext().addListener(this);
    }
  }
}
