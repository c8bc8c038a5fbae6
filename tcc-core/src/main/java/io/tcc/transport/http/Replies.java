package io.tcc.transport.http;

import io.tcc.transport.Refusal;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.nio.charset.StandardCharsets;

/** Responses that the library writes itself. */
final class Replies {

  static final int OK = 200;
  static final int BAD_REQUEST = 400;
  static final int FORBIDDEN = 403;
  static final int NOT_FOUND = 404;
  static final int METHOD_NOT_ALLOWED = 405;
  static final int CONFLICT = 409;
  static final int PRECONDITION_FAILED = 412;
  static final int TOO_LARGE = 413;
  static final int UNSUPPORTED_TYPE = 415;
  static final int MISDIRECTED = 421;
  static final int FAILED_DEPENDENCY = 424;
  static final int UNAVAILABLE = 503;

  private Replies() {}

  static int status(Refusal reason) {
    return switch (reason) {
      case MALFORMED -> BAD_REQUEST;
      case OVERSIZED -> TOO_LARGE;
      case UNSIGNED, FORGED, STALE, STRANGER -> FORBIDDEN;
      case WRONG_SERVICE, WRONG_LOG -> MISDIRECTED;
      case UNKNOWN_INITIATOR -> FAILED_DEPENDENCY;
    };
  }

  static void text(HttpServletResponse response, int status, String message) throws IOException {
    write(response, status, "text/plain;charset=UTF-8", message.getBytes(StandardCharsets.UTF_8));
  }

  static void json(HttpServletResponse response, int status, byte[] body) throws IOException {
    write(response, status, "application/json", body);
  }

  private static void write(HttpServletResponse response, int status, String type, byte[] body)
      throws IOException {
    response.setStatus(status);
    response.setContentType(type);
    response.setHeader("X-Content-Type-Options", "nosniff");
    response.setContentLength(body.length);
    response.getOutputStream().write(body);
  }
}
