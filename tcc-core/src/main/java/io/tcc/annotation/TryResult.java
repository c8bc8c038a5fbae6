package io.tcc.annotation;

import java.lang.annotation.Documented;
import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/**
 * The parameter of a {@link Confirm} or {@link Cancel} method gets what {@link Try} returned;
 * {@code null} in Cancel after a Try that did not return (possible with {@link Recording#BEFORE}
 * only).
 */
@Target(ElementType.PARAMETER)
@Retention(RetentionPolicy.RUNTIME)
@Documented
public @interface TryResult {}
