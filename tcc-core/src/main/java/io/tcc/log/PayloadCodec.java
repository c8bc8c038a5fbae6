package io.tcc.log;

import java.lang.reflect.Type;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Arguments and results of business methods as text. */
public interface PayloadCodec {

  /** A value with its declared type. */
  record Typed(Type type, @Nullable Object value) {}

  /**
   * Writes named values.
   *
   * @throws PayloadException if a value does not come back the same from {@link #read}, or the text
   *     is longer than the limit
   */
  String write(Map<String, Typed> values);

  /**
   * Writes one value by itself, as others are to read it.
   *
   * @param name for error messages
   * @throws PayloadException as {@link #write}
   */
  String writeAlone(String name, Typed value);

  /**
   * Reads one of the values back into its declared type.
   *
   * @throws PayloadException if the text has no such value of that type
   */
  @Nullable Object read(String payload, String name, Type type);
}
