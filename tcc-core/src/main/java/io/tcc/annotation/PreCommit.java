package io.tcc.annotation;

import java.lang.annotation.Documented;
import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/**
 * Second step of a 3PC participant, once everybody has voted YES: execute, so that only making it
 * final is left. It is not final: {@link Abort} may still follow.
 *
 * <p>Parameters are those of {@link CanCommit} that it needs, matched by name and type; one of type
 * {@code BranchId} gets the branch's key, one annotated {@link Returned} what CanCommit returned.
 * Runs in one local transaction with the branch row: exactly once for changes in that database. An
 * exception, or a crash before the commit, leaves the branch as it was; it is called again.
 */
@Target(ElementType.METHOD)
@Retention(RetentionPolicy.RUNTIME)
@Documented
public @interface PreCommit {

  /**
   * Name of the participant as in {@link CanCommit#value()}, or of the CanCommit method. May be
   * omitted where the bean has one CanCommit method.
   */
  String value() default "";
}
