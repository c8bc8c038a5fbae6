package io.tcc.annotation;

import java.lang.annotation.Documented;
import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/**
 * Second step of a TCC participant when the global transaction committed: make the reservation
 * final. A participant without one is a saga step, which is told at start-up: its Try is final
 * unless cancelled.
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
public @interface Confirm {

  /**
   * Name of the participant as in {@link Try#value()}, or of the Try method. May be omitted where
   * the bean has one Try method.
   */
  String value() default "";
}
