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
record NotifySpec(String target, String type, Type declared, Number number) {

  /** Where a business number comes from. */
  sealed interface Number {

    /** From an argument of the method. */
    record Argument(int index) implements Number {}

    /** From what the method returned. */
    record Property(Method accessor) implements Number {}
  }

  /**
   * What is told.
   *
   * @throws IllegalArgumentException if there is no business number
   */
  Told told(@Nullable Object[] arguments, Object result) {
    Object value =
        number instanceof Number.Argument argument
            ? arguments[argument.index()]
            : ReflectionUtils.invokeMethod(((Number.Property) number).accessor(), result);
    return new Told(
        new Notification.Subject(type, value == null ? "" : value.toString()), declared, result);
  }
}
