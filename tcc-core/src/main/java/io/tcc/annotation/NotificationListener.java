package io.tcc.annotation;

import java.lang.annotation.Documented;
import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/**
 * The method is told what another party's {@link Notify} method returned. It takes one argument,
 * which is read from the notification's {@code data}, and may take two texts more: the business
 * type and the business number, in this order.
 *
 * <p>Signature and time of the notification are verified before. The method runs in a local
 * transaction together with a row that remembers the notification: once, however often it is
 * delivered. Its normal return acknowledges. Any exception rolls back, row and all, and the sender
 * tries again on its schedule.
 */
@Target(ElementType.METHOD)
@Retention(RetentionPolicy.RUNTIME)
@Documented
public @interface NotificationListener {

  /**
   * Who tells: a name below {@code tcc.notification.sources}. The sender's target URL is {@code
   * tcc.http.path} + {@code /notify/} + this name.
   */
  String source();

  /** The business type that the method takes; by default every type without a method of its own. */
  String type() default "";
}
