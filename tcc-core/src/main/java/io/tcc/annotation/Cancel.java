package io.tcc.annotation;

import java.lang.annotation.Documented;
import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/**
 * Second step of a TCC participant when the global transaction aborted: release the reservation.
 * Every participant has one; one of which nothing has to be undone has an empty one. Not called
 * where Try left nothing behind. Within a service, Cancel runs in reverse order of Try.
 *
 * <p>Parameters are those of {@link Try} that it needs, matched by name and type; one of type
 * {@code BranchId} gets the branch's key, one annotated {@link Returned} what Try returned. Runs in
 * one local transaction with the branch row: exactly once for changes in that database. An
 * exception, or a crash before the commit, leaves the branch as it was; it is called again with
 * growing delays.
 */
@Target(ElementType.METHOD)
@Retention(RetentionPolicy.RUNTIME)
@Documented
public @interface Cancel {

  /**
   * Name of the participant as in {@link Try#value()}, or of the Try method. May be omitted where
   * the bean has one Try method.
   */
  String value() default "";
}
