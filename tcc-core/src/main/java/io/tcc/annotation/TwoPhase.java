package io.tcc.annotation;

import java.lang.annotation.Documented;
import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/**
 * Plain JDBC, JPA or MyBatis code as a branch of a global transaction: everything that the method
 * does through one DataSource is prepared by the database when the method returns, and committed or
 * rolled back by it when the global transaction is decided. Nothing else has to be written.
 *
 * <p>Fails outside a global transaction. Any exception, an SQL error that was swallowed included,
 * votes NO: the global transaction is then aborted, whoever catches the exception. A method that
 * wrote nothing takes no further part.
 *
 * <p>Between its return and the decision the database keeps the branch's locks. If the initiator
 * cannot be reached meanwhile, the branch is blocked until it can; see {@code
 * docs/two-phase-databases.md}.
 *
 * <p>Crash: what was not prepared is rolled back by the database; what was stays prepared over any
 * crash, also the database's own, and asks for the outcome when its deadline has passed.
 */
@Target(ElementType.METHOD)
@Retention(RetentionPolicy.RUNTIME)
@Documented
public @interface TwoPhase {

  /** Name of the DataSource bean. Default: the only one that takes part in two-phase commit. */
  String dataSource() default "";
}
