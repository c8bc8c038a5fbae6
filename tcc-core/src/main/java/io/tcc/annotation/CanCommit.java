package io.tcc.annotation;

import java.lang.annotation.Documented;
import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/**
 * First step of a 3PC participant: check, reserve, and vote. Runs in a local transaction of its own
 * that also writes the branch row. Once everybody has voted yes, the {@link PreCommit} method of
 * the same bean is called with the same arguments, then {@link DoCommit}; otherwise {@link Abort}.
 *
 * <p>The vote is what the method returns, and it travels with the answer of the call, so it costs
 * no message:
 *
 * <ul>
 *   <li>{@code Vote.YES}, any other value, or nothing: reserved, and able to do either.
 *   <li>{@code Vote.READ_ONLY}: it changed nothing and need not learn the outcome. Its local
 *       transaction is rolled back, nothing of it is stored, and it is called no more.
 *   <li>{@code Vote.NO}, or an exception: the local transaction is rolled back and the global one
 *       aborts, also where the caller catches the exception.
 * </ul>
 *
 * <p>A yes is a promise that PreCommit and DoCommit succeed; they are repeated until they do.
 *
 * <p>Fails outside a global transaction, and where the {@link GlobalTx} method is also {@code
 * Transactional}: 3PC is not decided in one step, so its decision cannot be part of that local
 * transaction. Arguments are stored as JSON and must survive the round trip; those that do not are
 * refused before the method runs.
 *
 * <p>Crash, or silence: a participant whose time is over asks the initiator, then the other
 * participants. If nobody answers, it aborts alone before PreCommit, and commits alone after it.
 * Under a partition that is longer than the timeouts participants can end differently; that is
 * detected and reported ({@link OnDivergence}), not prevented.
 */
@Target(ElementType.METHOD)
@Retention(RetentionPolicy.RUNTIME)
@Documented
public @interface CanCommit {

  /**
   * Name of the participant, stored with each branch: keep it when you rename code. Default: the
   * bean's name, followed by {@code .method} if the bean has several methods that begin a branch.
   * At most 200 characters, unique within the service.
   */
  String value() default "";
}
