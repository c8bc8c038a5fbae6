package io.tcc.door;

import io.tcc.protocol.notification.Told;
import io.tcc.transaction.Notification;
import java.lang.reflect.Method;
import java.lang.reflect.Type;
import org.jspecify.annotations.Nullable;
import org.springframework.util.ReflectionUtils;

/**
 * What a {@link io.tcc.annotation.Notify} method asks for.
 *
 * @param target who is told
 * @param type of business
 * @param declared what the method returns
 * @param number where the business number comes from
 */
record NotifySpec(String target, String type, Type declared, Source number) {

  /** Where a business number comes from. */
  sealed interface Source {

    /** From an argument of the method. */
    record Argument(int index) implements Source {}

    /** From what the method returned. */
    record Property(Method accessor) implements Source {}
  }

  /**
   * What is told.
   *
   * @throws IllegalArgumentException if there is no business number
   */
  Told told(@Nullable Object[] arguments, Object result) {
    Object value =
        number instanceof Source.Argument argument
            ? arguments[argument.index()]
            : ReflectionUtils.invokeMethod(((Source.Property) number).accessor(), result);
    return new Told(
        new Notification.Subject(type, value == null ? "" : value.toString()), declared, result);
  }
}
