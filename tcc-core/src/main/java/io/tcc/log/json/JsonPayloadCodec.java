package io.tcc.log.json;

import io.tcc.log.PayloadCodec;
import io.tcc.log.PayloadException;
import java.lang.reflect.Method;
import java.lang.reflect.RecordComponent;
import java.lang.reflect.Type;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.LocalTime;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.JavaType;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.MapperFeature;
import tools.jackson.databind.cfg.DateTimeFeature;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/**
 * Payloads as one JSON object. Values are read into their declared types only: no type names in the
 * text, so nobody who can write a row can choose a class.
 *
 * <p>What is written is at once read back, from the text and into the declared types, and compared;
 * only types of the JDK that cannot change on the way are spared. A getter that nothing can set is
 * derived from other values and is not written.
 */
public final class JsonPayloadCodec implements PayloadCodec {

  /** Types of which every value survives the round trip. */
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
            .enable(MapperFeature.REQUIRE_SETTERS_FOR_GETTERS)
            .enable(DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS)
            .enable(DeserializationFeature.FAIL_ON_NULL_FOR_PRIMITIVES)
            .enable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
            .enable(DateTimeFeature.WRITE_DATES_WITH_ZONE_ID)
            .disable(DateTimeFeature.ADJUST_DATES_TO_CONTEXT_TIME_ZONE)
            .build();
    this.maxLength = maxLength;
  }

  @Override
  public String write(Map<String, Typed> values) {
    ObjectNode payload = json.createObjectNode();
    values.forEach((name, typed) -> payload.set(name, storable(name, typed)));
    return text(payload, "The values of " + names(values));
  }

  @Override
  public String writeAlone(String name, Typed value) {
    return text(storable(name, value), "The parts of " + name);
  }

  /**
   * @param values for error messages, in the plural
   */
  private String text(JsonNode payload, String values) {
    String text;
    try {
      text = json.writeValueAsString(payload);
    } catch (JacksonException e) {
      throw new PayloadException(values + " cannot be written as JSON: " + reason(e), e);
    }
    if (text.length() > maxLength) {
      throw new PayloadException(
          values
              + " are "
              + text.length()
              + " characters of JSON, the limit is "
              + maxLength
              + ": pass an id instead of the data, or raise tcc.max-payload",
          null);
    }
    if (!StandardCharsets.UTF_8.newEncoder().canEncode(text)) {
      throw new PayloadException(
          values + " contain half of a surrogate pair, which no database stores", null);
    }
    return text;
  }

  /** The value as JSON, if it can be read back from the text that this becomes. */
  private JsonNode storable(String name, Typed typed) {
    Object value = typed.value();
    JsonNode written;
    Object again;
    boolean same;
    try {
      written = json.valueToTree(value);
      if (value == null || PROVEN.contains(typed.type())) {
        return written;
      }
      again = read(json.readTree(json.writeValueAsString(written)), typed.type());
      same = same(value, again);
    } catch (RuntimeException | StackOverflowError e) {
      throw notStorable(name, typed.type(), reason(e), e);
    }
    if (!same) {
      throw notStorable(name, typed.type(), changed(value, again), null);
    }
    return written;
  }

  /** Whether two values are equal. Objects that know no equality are compared by their JSON. */
  private boolean same(@Nullable Object one, @Nullable Object other) {
    if (one == null || other == null || one.equals(other)) {
      return Objects.equals(one, other);
    }
    if (one instanceof List<?> list && other instanceof List<?> others) {
      return same(list.iterator(), others.iterator());
    }
    if (one instanceof Map<?, ?> map && other instanceof Map<?, ?> others) {
      return map.keySet().equals(others.keySet())
          && map.entrySet().stream().allMatch(e -> same(e.getValue(), others.get(e.getKey())));
    }
    if (one instanceof Object[] array && other instanceof Object[] others) {
      return same(Arrays.asList(array).iterator(), Arrays.asList(others).iterator());
    }
    if (one.getClass() != other.getClass()) {
      return false;
    }
    if (one instanceof Record) {
      return Arrays.stream(one.getClass().getRecordComponents())
          .allMatch(component -> same(component(component, one), component(component, other)));
    }
    if (one.getClass().isArray()) {
      return Objects.deepEquals(one, other);
    }
    return !knowsEquality(one.getClass())
        && sameJson(json.valueToTree(one), json.valueToTree(other));
  }

  private boolean same(Iterator<?> one, Iterator<?> other) {
    while (one.hasNext() && other.hasNext()) {
      if (!same(one.next(), other.next())) {
        return false;
      }
    }
    return one.hasNext() == other.hasNext();
  }

  /** Whether two trees are equal; elements of arrays in any order, because sets have none. */
  private static boolean sameJson(JsonNode one, JsonNode other) {
    if (one.isArray() && other.isArray()) {
      List<JsonNode> unmatched = new ArrayList<>(other.values());
      return one.size() == other.size()
          && one.values().stream().allMatch(node -> removeFirst(unmatched, node));
    }
    if (one.isObject() && other.isObject()) {
      return Set.copyOf(one.propertyNames()).equals(Set.copyOf(other.propertyNames()))
          && one.properties().stream().allMatch(e -> sameJson(e.getValue(), other.get(e.getKey())));
    }
    return one.equals(other);
  }

  private static boolean removeFirst(List<JsonNode> nodes, JsonNode wanted) {
    for (Iterator<JsonNode> all = nodes.iterator(); all.hasNext(); ) {
      if (sameJson(wanted, all.next())) {
        all.remove();
        return true;
      }
    }
    return false;
  }

  private static boolean knowsEquality(Class<?> type) {
    try {
      return type.getMethod("equals", Object.class).getDeclaringClass() != Object.class;
    } catch (NoSuchMethodException e) {
      throw new IllegalStateException(type + " has no equals", e);
    }
  }

  private static @Nullable Object component(RecordComponent component, Object owner) {
    Method accessor = component.getAccessor();
    try {
      accessor.setAccessible(true);
      return accessor.invoke(owner);
    } catch (ReflectiveOperationException e) {
      throw new IllegalStateException("Cannot read " + accessor, e);
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

  private static PayloadException notStorable(
      String name, Type type, String reason, @Nullable Throwable cause) {
    return new PayloadException(
        "The value of "
            + name
            + ", a "
            + type.getTypeName()
            + ", cannot be stored as JSON and read back ("
            + reason
            + "); use a record, a value type of the JDK, or an id",
        cause);
  }

  private static String reason(Throwable e) {
    if (e instanceof StackOverflowError) {
      return "it contains itself, or is nested too deeply";
    }
    return e instanceof JacksonException jackson ? jackson.getOriginalMessage() : e.toString();
  }

  /** Tells the types only: values may be nobody's business. */
  private static String changed(Object value, @Nullable Object again) {
    String type = value.getClass().getTypeName();
    return again == null || again.getClass() == value.getClass()
        ? "its value changes on the way"
        : "a " + type + " comes back as a " + again.getClass().getTypeName();
  }

  private static String names(Map<String, Typed> values) {
    return String.join(", ", values.keySet());
  }
}
