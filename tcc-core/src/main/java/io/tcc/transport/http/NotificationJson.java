package io.tcc.transport.http;

import java.util.Objects;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.MapperFeature;
import tools.jackson.databind.json.JsonMapper;

/** The JSON of questions about notifications: what is left out of a question is null. */
final class NotificationJson {

  private static final JsonMapper JSON =
      JsonMapper.builder()
          .enable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
          .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
          .disable(MapperFeature.ALLOW_COERCION_OF_SCALARS)
          .build();

  private NotificationJson() {}

  /**
   * Reads a question.
   *
   * @throws RuntimeException if it is none
   */
  static NotificationQueryServlet.Question question(String body) {
    return Objects.requireNonNull(
        JSON.readValue(body, NotificationQueryServlet.Question.class), "null");
  }

  /** What a notification tells, apart from what it is about. */
  static Object data(String body) {
    JsonNode data = JSON.readTree(body).get("data");
    return data == null ? JSON.nullNode() : data;
  }
}
