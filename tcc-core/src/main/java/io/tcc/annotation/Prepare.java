package io.tcc.annotation;

import java.lang.annotation.Documented;
import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/**
 * First phase of a 2PC participant whose resource you control: execute, log what {@link Rollback}
 * needs to undo it and {@link Commit} to make it final, and vote. Runs in a local transaction of
 * its own that also writes the branch row. If the global transaction commits, the {@link Commit}
 * method of the same bean is called with the same arguments, else the {@link Rollback} method.
 *
 * <p>The vote is what the method returns, and it travels with the answer of the call, so it costs
 * no message:
 *
 * <ul>
 *   <li>{@code Vote.YES}, any other value, or nothing: prepared, and able to do either.
 *   <li>{@code Vote.READ_ONLY}: it changed nothing and need not learn the outcome. Its local
 *       transaction is rolled back, nothing of it is stored, and neither Commit nor Rollback is
 *       called.
 *   <li>{@code Vote.NO}, or an exception: the local transaction is rolled back and the global one
 *       aborts, also where the caller catches the exception.
 * </ul>
 *
 * <p>Fails outside a global transaction. Arguments are stored as JSON and must survive the round
 * trip; those that do not are refused before the method runs.
 *
 * <p>Crash: if the local transaction was not committed, nothing happened, and silence means abort.
 * Otherwise the branch stays prepared until it learns the outcome: it asks for it when its deadline
 * has passed, and again with growing delays while the initiator cannot be reached. That is the
 * price of 2PC: whatever Prepare holds back from others stays held back for that time.
 */
@Target(ElementType.METHOD)
@Retention(RetentionPolicy.RUNTIME)
@Documented
public @interface Prepare {

  /**
   * Name of the participant, stored with each branch: keep it when you rename code. Default: the
   * bean's name, followed by {@code .method} if the bean has several methods that begin a branch.
   * At most 200 characters, unique within the service.
   */
  String value() default "";

  /**
   * When the branch row becomes durable. {@link Recording#BEFORE} for a resource elsewhere, such as
   * a file or a device.
   */
  Recording recording() default Recording.ATOMIC;
}
