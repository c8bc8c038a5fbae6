package io.tcc.transport.http;

import io.tcc.transport.MessageRefusedException;
import io.tcc.transport.Refusal;
import io.tcc.transport.Refusals;
import jakarta.servlet.http.HttpServlet;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.time.Clock;
import java.util.Map;

/**
 * An endpoint for other parties, each of which has a name, the rest of the path, and a secret:
 *
 * <ol>
 *   <li>Refuse what is not of the right form, too large, or not to be believed: 4xx, counted, and
 *       nothing is changed.
 *   <li>Answer the rest.
 * </ol>
 *
 * <p>A plain servlet, so that no exception handler, converter or interceptor of the application
 * gets in between.
 */
abstract class WebhookServlet extends HttpServlet {

  private static final long serialVersionUID = 1L;

  private final transient Map<String, WebhookSignatures> parties;
  private final transient Clock clock;
  private final int limit;
  private final transient Refusals refusals;

  /**
   * @param parties by name
   * @param limit largest body, in bytes
   */
  WebhookServlet(
      Map<String, WebhookSignatures> parties, int limit, Clock clock, Refusals refusals) {
    this.parties = Map.copyOf(parties);
    this.limit = limit;
    this.clock = clock;
    this.refusals = refusals;
  }

  @Override
  protected final void service(HttpServletRequest request, HttpServletResponse response)
      throws IOException {
    try {
      String path = request.getPathInfo() == null ? "/" : request.getPathInfo();
      String party = path.substring(1);
      WebhookSignatures signatures = parties.get(party);
      if (signatures == null) {
        refuse(
            request, response, Replies.NOT_FOUND, Refusal.UNSIGNED, "There is nobody of that name");
      } else if (!Webhook.isJsonPost(request)) {
        response.setHeader("Allow", "POST");
        refuse(
            request, response, Replies.METHOD_NOT_ALLOWED, Refusal.MALFORMED, "It is no JSON POST");
      } else {
        answer(party, Webhook.read(request, signatures, limit, clock), response);
      }
    } catch (MessageRefusedException e) {
      String message = String.valueOf(e.getMessage());
      refuse(request, response, Replies.status(e.reason()), e.reason(), message);
    }
  }

  /** Answers a request that is believed. */
  abstract void answer(String party, Webhook webhook, HttpServletResponse response)
      throws IOException, MessageRefusedException;

  private void refuse(
      HttpServletRequest request,
      HttpServletResponse response,
      int status,
      Refusal reason,
      String message)
      throws IOException {
    refusals.refused(
        reason, request.getRemoteAddr() + ": " + request.getRequestURI() + ": " + message);
    Replies.text(response, status, message);
  }
}
