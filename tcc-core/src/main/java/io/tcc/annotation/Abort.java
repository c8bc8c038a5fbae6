package io.tcc.annotation;

import java.lang.annotation.Documented;
import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/**
 * Last step of a 3PC participant when the global transaction aborted, or when nobody answered
 * before {@link PreCommit}: undo what CanCommit did, and what PreCommit did if it was called.
 *
 * <p>Parameters are those of {@link CanCommit} that it needs, matched by name and type; one of type
 * {@code BranchId} gets the branch's key, one annotated {@link Returned} what CanCommit returned.
 * Runs in one local transaction with the branch row: exactly once for changes in that database. Not
 * called where CanCommit did not commit. An exception, or a crash before the commit, leaves the
 * branch as it was; it is called again with growing delays.
 */
@Target(ElementType.METHOD)
@Retention(RetentionPolicy.RUNTIME)
@Documented
public @interface Abort {

  /**
   * Name of the participant as in {@link CanCommit#value()}, or of the CanCommit method. May be
   * omitted where the bean has one CanCommit method.
   */
  String value() default "";
}
