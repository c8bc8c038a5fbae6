package io.tcc.testing;

import java.lang.annotation.Documented;
import java.lang.annotation.ElementType;
import java.lang.annotation.Inherited;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;
import org.junit.jupiter.api.extension.ExtendWith;

/**
 * All tests of the class run on one kind of database. The contract is an abstract class whose
 * constructor, {@code @BeforeEach} methods and tests may ask for a {@link Database} (one per test)
 * or a {@link TestDatabase}; one small subclass per kind chooses it:
 *
 * <pre>{@code
 * abstract class BranchLogContract {
 *   @Test
 *   void aBranchIsRecordedOnce(Database database) { … }
 * }
 *
 * @OnDatabase(TestDatabase.POSTGRESQL)
 * class BranchLogOnPostgresTest extends BranchLogContract {}
 * }</pre>
 *
 * <p>A {@link Database} that a {@code @BeforeAll} method asked for is the one of all tests of the
 * class.
 */
@Documented
@Inherited
@Target(ElementType.TYPE)
@Retention(RetentionPolicy.RUNTIME)
@ExtendWith(DatabaseOfTest.class)
public @interface OnDatabase {

  /** The kind. */
  TestDatabase value();
}
