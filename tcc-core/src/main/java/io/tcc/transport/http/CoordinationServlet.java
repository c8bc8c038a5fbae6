package io.tcc.transport.http;

import io.tcc.context.TransactionContext;
import io.tcc.transport.MessageRefusedException;
import io.tcc.transport.Refusal;
import io.tcc.transport.Refusals;
import io.tcc.transport.TransportLimits;
import io.tcc.transport.Trust;
import jakarta.servlet.http.HttpServlet;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.util.Collection;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The door of the endpoints by which services coordinate. Of each call, whichever the endpoint:
 *
 * <ol>
 *   <li>Refuse what is not a {@code POST} of JSON to an endpoint, too large, not to be believed, or
 *       not of the right form: 4xx, counted, and nothing is changed.
 *   <li>Refuse what is meant for another log of this service: 503, because an instance on that log
 *       may answer next time.
 *   <li>Have the endpoint do it. If that fails: 503, try again.
 * </ol>
 *
 * <p>A plain servlet, so that no exception handler, converter or interceptor of the application
 * gets in between. To be mapped to {@code /tcc/*} or the configured path.
 */
public final class CoordinationServlet extends HttpServlet {

  private static final long serialVersionUID = 1L;
  private static final Logger log = LoggerFactory.getLogger(CoordinationServlet.class);

  private final transient TransactionContext context;
  private final transient Trust trust;
  private final transient TransportLimits limits;
  private final transient Refusals refusals;
  private final transient Map<String, CoordinationEndpoint<?>> endpoints = new LinkedHashMap<>();

  /**
   * @param endpoints each with an operation of its own
   */
  public CoordinationServlet(
      TransactionContext context,
      Trust trust,
      TransportLimits limits,
      Refusals refusals,
      List<? extends CoordinationEndpoint<?>> endpoints) {
    this.context = context;
    this.trust = trust;
    this.limits = limits;
    this.refusals = refusals;
    for (CoordinationEndpoint<?> endpoint : endpoints) {
      if (this.endpoints.putIfAbsent(endpoint.operation(), endpoint) != null) {
        throw new IllegalArgumentException("Two endpoints are at " + endpoint.operation());
      }
    }
  }

  /** All of them. */
  Collection<CoordinationEndpoint<?>> endpoints() {
    return Collections.unmodifiableCollection(endpoints.values());
  }

  @Override
  protected void service(HttpServletRequest request, HttpServletResponse response)
      throws IOException {
    try {
      // Coordination is about a transaction, never part of one.
      context.<Boolean, Exception>callIn(
          null,
          () -> {
            answer(request, response);
            return true;
          });
    } catch (MessageRefusedException e) {
      refuse(request, response, e);
    } catch (IOException | RuntimeException e) {
      throw e;
    } catch (Exception e) {
      throw new IllegalStateException(e);
    }
  }

  private void answer(HttpServletRequest request, HttpServletResponse response)
      throws IOException, MessageRefusedException {
    @Nullable CoordinationEndpoint<?> endpoint =
        endpoints.get(String.valueOf(request.getPathInfo()));
    if (endpoint == null) {
      reject(request, response, Replies.NOT_FOUND, "There is no such endpoint");
    } else if (!request.getMethod().equals("POST")) {
      response.setHeader("Allow", "POST");
      reject(request, response, Replies.METHOD_NOT_ALLOWED, "Coordination calls are POST");
    } else if (!isJson(request.getContentType())) {
      reject(request, response, Replies.UNSUPPORTED_TYPE, "Coordination calls are JSON");
    } else {
      CoordinationCall call = believe(request, endpoint.operation(), body(request));
      if (!(endpoint.answersForRetiredLogs() && trust.isForRetiredLog(call.to()))) {
        trust.checkLog(call.to());
      }
      answer(endpoint, call, response);
    }
  }

  private static <M> void answer(
      CoordinationEndpoint<M> endpoint, CoordinationCall call, HttpServletResponse response)
      throws IOException, MessageRefusedException {
    M message;
    try {
      message = endpoint.read(call);
    } catch (RuntimeException e) {
      throw new MessageRefusedException(
          Refusal.MALFORMED, "It is not as it should be: " + e.getMessage());
    }
    CoordinationReply reply;
    try {
      reply = endpoint.answer(message);
    } catch (RuntimeException e) {
      log.warn("A call of {} to {} failed", call.from(), endpoint.operation(), e);
      Replies.text(response, Replies.UNAVAILABLE, "It cannot be done now: try again");
      return;
    }
    Replies.json(response, reply.status(), Coordination.write(reply.body()));
  }

  private CoordinationCall believe(HttpServletRequest request, String operation, byte[] body)
      throws MessageRefusedException {
    CoordinationSignature signature =
        CoordinationSignature.read(
            Collections.list(request.getHeaders(CoordinationSignature.NAME)));
    trust.check(
        signature.signed(operation, body),
        signature.signature(),
        signature.sent(),
        signature.to(),
        Caller.isLocal(request));
    return new CoordinationCall(signature.from(), signature.to(), body);
  }

  private byte[] body(HttpServletRequest request) throws IOException, MessageRefusedException {
    byte[] body = request.getInputStream().readNBytes(limits.body() + 1);
    if (body.length > limits.body()) {
      throw new MessageRefusedException(
          Refusal.OVERSIZED, "Its body is longer than " + limits.body() + " bytes");
    }
    return body;
  }

  private static boolean isJson(@Nullable String contentType) {
    return contentType != null
        && contentType.toLowerCase(Locale.ROOT).matches("application/json\\s*(;.*)?");
  }

  private void refuse(
      HttpServletRequest request, HttpServletResponse response, MessageRefusedException e)
      throws IOException {
    String message = "This coordination call is refused. " + e.getMessage();
    refusals.refused(e.reason(), request.getRemoteAddr() + ": " + message);
    int status = e.reason() == Refusal.WRONG_LOG ? Replies.UNAVAILABLE : Replies.status(e.reason());
    Replies.text(response, status, message);
  }

  private void reject(
      HttpServletRequest request, HttpServletResponse response, int status, String message)
      throws IOException {
    refusals.refused(
        Refusal.MALFORMED,
        request.getRemoteAddr()
            + ": "
            + message
            + ": "
            + request.getMethod()
            + " "
            + request.getRequestURI());
    Replies.text(response, status, message);
  }
}
