package io.tcc.annotation;

import java.lang.annotation.Documented;
import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/**
 * Is called when a divergence of 3PC is found: a participant has decided alone, and otherwise than
 * the initiator. The method takes nothing, or a {@code TransactionEvent.Diverged}; what it returns
 * is ignored.
 *
 * <p>It is called once in the service whose participant stands alone, and once in that of the
 * initiator, after the mark in the log is durable, in no transaction. What it throws is logged. If
 * the process dies in between, it is not called: what stays until an operator resolves it is the
 * mark, so build alerts on the metric and the endpoint, and use this for what saves time.
 */
@Target(ElementType.METHOD)
@Retention(RetentionPolicy.RUNTIME)
@Documented
public @interface OnDivergence {}
