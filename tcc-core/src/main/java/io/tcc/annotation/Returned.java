package io.tcc.annotation;

import java.lang.annotation.Documented;
import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/**
 * The parameter of a completing method (such as {@link Confirm}, {@link Rollback} or {@link
 * DoCommit}) gets what {@link Try}, {@link Prepare} or {@link CanCommit} returned; {@code null}
 * with ABORT after one that did not return (possible with {@link Recording#BEFORE} only).
 */
@Target(ElementType.PARAMETER)
@Retention(RetentionPolicy.RUNTIME)
@Documented
public @interface Returned {}
