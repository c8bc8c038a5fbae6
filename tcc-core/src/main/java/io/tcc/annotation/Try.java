package io.tcc.annotation;

import java.lang.annotation.Documented;
import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/**
 * First step of a TCC participant: check and reserve. Runs in a local transaction of its own that
 * also writes the branch row. If the global transaction commits, the {@link Confirm} method of the
 * same bean is called with the same arguments, else the {@link Cancel} method.
 *
 * <p>Fails outside a global transaction. Arguments are stored as JSON and must survive the round
 * trip; those that do not are refused before the method runs. Any exception rolls the reservation
 * back.
 *
 * <p>Crash: if the local transaction was not committed, nothing happened; otherwise the branch asks
 * for the outcome when its deadline has passed, and is confirmed or cancelled.
 */
@Target(ElementType.METHOD)
@Retention(RetentionPolicy.RUNTIME)
@Documented
public @interface Try {

  /**
   * Name of the participant, stored with each branch: keep it when you rename code. Default: the
   * bean's name, followed by {@code .method} if the bean has several methods that begin a branch.
   * At most 200 characters, unique within the service.
   */
  String value() default "";

  /** When the branch row becomes durable. */
  Recording recording() default Recording.ATOMIC;
}
