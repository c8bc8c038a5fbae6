package io.tcc.transport.http;

import io.tcc.context.Frame;
import io.tcc.context.TransactionContext;
import io.tcc.transport.IncomingCalls;
import io.tcc.transport.MessageRefusedException;
import io.tcc.transport.Refusals;
import jakarta.servlet.DispatcherType;
import jakarta.servlet.Filter;
import jakarta.servlet.FilterChain;
import jakarta.servlet.ServletException;
import jakarta.servlet.ServletRequest;
import jakarta.servlet.ServletResponse;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.util.Collections;
import java.util.List;

/**
 * Serves requests that carry a context inside their global transaction:
 *
 * <ol>
 *   <li>Refuse, before any handler runs, a context that must not be believed: a callee that ignored
 *       it would commit on its own.
 *   <li>Run the request with its frame, which is gone from the thread afterwards.
 *   <li>Answer what was enlisted, on every response: {@code none} at first, {@code unknown} while
 *       work is under way, the call paths once it is done.
 *   <li>Close the frame when the response is about to be committed, because nothing can be added to
 *       the answer from then on.
 * </ol>
 *
 * <p>To be mapped to everything, for the dispatcher types {@code REQUEST} and {@code ASYNC}, with
 * async support, and outside of filters that write to the response.
 */
public final class TransactionFilter implements Filter {

  private static final String SERVED = TransactionFilter.class.getName() + ".served";

  private final TransactionContext context;
  private final IncomingCalls calls;
  private final Refusals refusals;

  public TransactionFilter(TransactionContext context, IncomingCalls calls, Refusals refusals) {
    this.context = context;
    this.calls = calls;
    this.refusals = refusals;
  }

  @Override
  public void doFilter(ServletRequest any, ServletResponse response, FilterChain chain)
      throws IOException, ServletException {
    if (any instanceof HttpServletRequest request
        && response instanceof HttpServletResponse httpResponse) {
      doFilter(request, httpResponse, chain);
    } else {
      chain.doFilter(any, response);
    }
  }

  private void doFilter(HttpServletRequest request, HttpServletResponse response, FilterChain chain)
      throws IOException, ServletException {
    if (request.getAttribute(SERVED) instanceof ServedCall running) {
      if (request.getDispatcherType() == DispatcherType.ASYNC) {
        serve(running, request, response, chain);
      } else {
        // A forward or include within the call, or an error page after it.
        chain.doFilter(request, response);
      }
      return;
    }
    List<String> headers = Collections.list(request.getHeaders(IncomingCalls.contextHeader()));
    if (headers.isEmpty()) {
      chain.doFilter(request, response);
      return;
    }
    Frame frame;
    try {
      frame = calls.open(headers, Caller.isLocal(request));
    } catch (MessageRefusedException e) {
      refuse(request, response, e);
      return;
    }
    ServedCall call = new ServedCall(context, frame, calls, response);
    request.setAttribute(SERVED, call);
    serve(call, request, response, chain);
  }

  private void serve(
      ServedCall call, HttpServletRequest request, HttpServletResponse response, FilterChain chain)
      throws IOException, ServletException {
    call.enter();
    try {
      runInFrame(call, request, response, chain);
    } finally {
      call.leave(request);
    }
  }

  private void runInFrame(
      ServedCall call, HttpServletRequest request, HttpServletResponse response, FilterChain chain)
      throws IOException, ServletException {
    try {
      context.<Boolean, Exception>callIn(
          call.frame(),
          () -> {
            chain.doFilter(request, new EnlistingResponse(response, call));
            return true;
          });
    } catch (IOException | ServletException | RuntimeException e) {
      throw e;
    } catch (Exception e) {
      throw new ServletException(e);
    }
  }

  private void refuse(
      HttpServletRequest request, HttpServletResponse response, MessageRefusedException e)
      throws IOException {
    String message =
        "The " + IncomingCalls.contextHeader() + " of this call is refused. " + e.getMessage();
    refusals.refused(e.reason(), request.getRemoteAddr() + ": " + message);
    // Nothing was done, so this is the truth, whoever asked.
    response.setHeader(IncomingCalls.enlistedHeader(), "none");
    Replies.text(response, Replies.status(e.reason()), message);
  }
}
