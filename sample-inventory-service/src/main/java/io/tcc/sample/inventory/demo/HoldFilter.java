package io.tcc.sample.inventory.demo;

import jakarta.servlet.FilterChain;
import jakarta.servlet.ServletException;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import org.springframework.context.annotation.Profile;
import org.springframework.core.Ordered;
import org.springframework.core.annotation.Order;
import org.springframework.stereotype.Component;
import org.springframework.web.filter.OncePerRequestFilter;
import org.springframework.web.util.ContentCachingResponseWrapper;

/**
 * Holds the next request to a path, so that a process can be killed at exactly that moment: {@code
 * PUT /demo/hold/before/tcc/commit} holds it before it is handled, {@code PUT
 * /demo/hold/after/reservations} after that, before it is answered. {@code GET /demo/hold} tells
 * whether one is held; {@code DELETE /demo/hold} drops it.
 */
@Component
@Profile("demo")
@Order(Ordered.HIGHEST_PRECEDENCE)
class HoldFilter extends OncePerRequestFilter {

  private static final String CONTROL = "/demo/hold";

  private enum State {
    IDLE,
    ARMED,
    HOLDING
  }

  private String armed = "";
  private State state = State.IDLE;

  @Override
  protected void doFilterInternal(
      HttpServletRequest request, HttpServletResponse response, FilterChain chain)
      throws ServletException, IOException {
    String path = request.getRequestURI();
    if (path.startsWith(CONTROL)) {
      control(request.getMethod(), path.substring(CONTROL.length()), response);
      return;
    }
    if (hold("/before" + path)) {
      response.sendError(HttpServletResponse.SC_SERVICE_UNAVAILABLE);
      return;
    }
    if (isArmedFor("/after" + path)) {
      // A response that is complete may leave before the filter ends.
      ContentCachingResponseWrapper kept = new ContentCachingResponseWrapper(response);
      chain.doFilter(request, kept);
      hold("/after" + path);
      kept.copyBodyToResponse();
    } else {
      chain.doFilter(request, response);
    }
  }

  private synchronized void control(String method, String what, HttpServletResponse response)
      throws IOException {
    switch (method) {
      case "PUT" -> {
        armed = what;
        state = State.ARMED;
      }
      case "DELETE" -> {
        armed = "";
        state = State.IDLE;
        notifyAll();
      }
      default -> response.getWriter().print(state);
    }
  }

  private synchronized boolean isArmedFor(String what) {
    return armed.equals(what);
  }

  /** Returns false at once if this is not what is to be held; else true, when it is let go. */
  private synchronized boolean hold(String what) {
    if (!armed.equals(what)) {
      return false;
    }
    armed = "";
    state = State.HOLDING;
    try {
      while (state == State.HOLDING) {
        wait();
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    return true;
  }
}
