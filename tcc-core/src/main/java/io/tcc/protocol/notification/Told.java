package io.tcc.protocol.notification;

import io.tcc.log.PayloadCodec;
import io.tcc.log.PayloadCodec.Typed;
import io.tcc.transaction.Notification.Subject;
import java.lang.reflect.Type;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * What a notification tells: one JSON object with {@code type}, {@code number} and {@code data}.
 *
 * @param subject what it is about
 * @param declared the declared type of the data
 * @param data what is told
 */
public record Told(Subject subject, Type declared, Object data) {

  private static final String TYPE = "type";
  private static final String NUMBER = "number";
  private static final String DATA = "data";

  /**
   * As text.
   *
   * @throws io.tcc.log.PayloadException if the data does not survive the round trip, or is too long
   */
  String body(PayloadCodec codec) {
    Map<String, Typed> values = new LinkedHashMap<>();
    values.put(TYPE, new Typed(String.class, subject.type()));
    values.put(NUMBER, new Typed(String.class, subject.number()));
    values.put(DATA, new Typed(declared, data));
    return codec.write(values);
  }

  /**
   * What a text is about.
   *
   * @throws io.tcc.log.PayloadException if it is no such text
   */
  static Subject subject(String body, PayloadCodec codec) {
    return new Subject(text(body, TYPE, codec), text(body, NUMBER, codec));
  }

  private static String text(String body, String name, PayloadCodec codec) {
    return Objects.toString(codec.read(body, name, String.class), "");
  }

  /**
   * The data in a text.
   *
   * @throws io.tcc.log.PayloadException if it has none of that type
   */
  static @Nullable Object data(String body, Type type, PayloadCodec codec) {
    return codec.read(body, DATA, type);
  }
}
