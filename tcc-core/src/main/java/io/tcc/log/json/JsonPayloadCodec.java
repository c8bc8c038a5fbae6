package io.tcc.log.json;

import io.tcc.log.PayloadCodec;
import io.tcc.log.PayloadException;
import java.lang.reflect.Type;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.LocalTime;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.JavaType;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/**
 * Payloads as one JSON object. Values are read into their declared types only: no type names in the
 * text, so nobody who can write a row can choose a class.
 */
public final class JsonPayloadCodec implements PayloadCodec {

  /** Types of the JDK whose round trip needs no proof per value. */
  private static final Set<Type> PROVEN =
      Set.of(
          String.class,
          boolean.class,
          Boolean.class,
          int.class,
          Integer.class,
          long.class,
          Long.class,
          short.class,
          Short.class,
          byte.class,
          Byte.class,
          BigDecimal.class,
          BigInteger.class,
          UUID.class,
          Instant.class,
          Duration.class,
          LocalDate.class,
          LocalTime.class,
          LocalDateTime.class);

  private final JsonMapper json;
  private final int maxLength;

  /**
   * @param maxLength longest text of one payload, in characters
   */
  public JsonPayloadCodec(int maxLength) {
    this.json =
        JsonMapper.builder()
            .enable(DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS)
            .enable(DeserializationFeature.FAIL_ON_NULL_FOR_PRIMITIVES)
            .enable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
            .build();
    this.maxLength = maxLength;
  }

  @Override
  public String write(Map<String, Typed> values) {
    ObjectNode payload = json.createObjectNode();
    values.forEach((name, typed) -> payload.set(name, node(name, typed)));
    String text = json.writeValueAsString(payload);
    if (text.length() > maxLength) {
      throw new PayloadException(
          "The arguments are "
              + text.length()
              + " characters of JSON, the limit is "
              + maxLength
              + ": pass an id instead of the data, or raise tcc.max-payload",
          null);
    }
    return text;
  }

  private JsonNode node(String name, Typed typed) {
    try {
      JsonNode written = json.valueToTree(typed.value());
      if (typed.value() != null && !PROVEN.contains(typed.type())) {
        JsonNode again = json.valueToTree(read(written, typed.type()));
        if (!json.writeValueAsString(written).equals(json.writeValueAsString(again))) {
          throw new PayloadException(
              notStorable(name, typed.type()) + ": read back, it is not the same", null);
        }
      }
      return written;
    } catch (JacksonException e) {
      throw new PayloadException(
          notStorable(name, typed.type()) + ": " + e.getOriginalMessage(), e);
    }
  }

  @Override
  public @Nullable Object read(String payload, String name, Type type) {
    try {
      JsonNode node = json.readTree(payload).get(name);
      if (node == null) {
        throw new PayloadException("The stored payload has no value named " + name, null);
      }
      return read(node, type);
    } catch (JacksonException e) {
      throw new PayloadException(
          "The stored value of "
              + name
              + " cannot be read as "
              + type.getTypeName()
              + ": "
              + e.getOriginalMessage(),
          e);
    }
  }

  private @Nullable Object read(JsonNode node, Type type) {
    JavaType javaType = json.constructType(type);
    if (node.isNull() && !javaType.isPrimitive()) {
      return null;
    }
    return json.treeToValue(node, javaType);
  }

  private static String notStorable(String name, Type type) {
    return "Argument "
        + name
        + " of type "
        + type.getTypeName()
        + " cannot be stored as JSON and read back; use a record, a value type of the JDK, or an id";
  }
}
