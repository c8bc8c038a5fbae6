package io.tcc.annotation;

import java.lang.annotation.Documented;
import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/**
 * Second phase of a 2PC participant when the global transaction committed: make final what was
 * prepared.
 *
 * <p>Parameters are those of {@link Prepare} that it needs, matched by name and type; one of type
 * {@code BranchId} gets the branch's key, one annotated {@link Returned} what Prepare returned.
 * Runs in one local transaction with the branch row: exactly once for changes in that database. An
 * exception, or a crash before the commit, leaves the branch prepared; it is called again with
 * growing delays until it succeeds, because who has voted yes has promised that it will.
 */
@Target(ElementType.METHOD)
@Retention(RetentionPolicy.RUNTIME)
@Documented
public @interface Commit {

  /**
   * Name of the participant as in {@link Prepare#value()}, or of the Prepare method. May be omitted
   * where the bean has one Prepare method.
   */
  String value() default "";
}
