package io.tcc.annotation;

import java.lang.annotation.Documented;
import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/**
 * The method is a global transaction: every branch that it reaches, in this service and in the
 * services that it calls, ends with the same outcome, whatever crashes.
 *
 * <p>The method returns normally only if the transaction is committed. Otherwise it throws
 *
 * <ul>
 *   <li>its own exception, if that one rolled the transaction back,
 *   <li>{@code GlobalTransactionAbortedException} if the transaction was aborted for another reason
 *       (a call with unknown result, work still in flight, the timeout),
 *   <li>{@code GlobalTransactionInDoubtException} if the outcome could not be learned, because the
 *       log's database did not answer, or a decision of 3PC is not final yet. It is then settled by
 *       recovery; do not repeat the call.
 * </ul>
 *
 * <p>On the same method {@code @Transactional} is welcome: local writes and the decision then
 * commit together. Such a method holds a database connection across its remote calls.
 *
 * <p>If the process dies before the decision is durable, the transaction is aborted; after it, the
 * transaction is completed by recovery, here or on another instance.
 */
@Target(ElementType.METHOD)
@Retention(RetentionPolicy.RUNTIME)
@Documented
public @interface GlobalTx {

  /**
   * Name in logs, events and the decision row; default: class and method. At most 200 characters.
   */
  String name() default "";

  /**
   * Time for the work phase, such as {@code 30s} or {@code PT30S}; a number alone means seconds.
   * May be a placeholder {@code ${...}}. Default: {@code tcc.timeout}, 30 seconds. Past it, nothing
   * can commit any more.
   */
  String timeout() default "";

  /** What happens where a global transaction is, or is not, already running. */
  Propagation propagation() default Propagation.REQUIRED;

  /** Exceptions that roll back although a wider {@link #noRollbackFor} names them. */
  Class<? extends Throwable>[] rollbackFor() default {};

  /**
   * Exceptions that do not roll back; the transaction commits and the caller sees the exception.
   * Default: every {@link Throwable} rolls back, checked exceptions too. Where the method is also
   * {@code @Transactional}, what the rules there roll back rolls back nevertheless.
   */
  Class<? extends Throwable>[] noRollbackFor() default {};

  /** What the caller waits for. */
  Completion completion() default Completion.CONFIRMED;
}
