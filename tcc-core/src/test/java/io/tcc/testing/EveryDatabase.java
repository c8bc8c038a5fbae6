package io.tcc.testing;

import java.lang.annotation.Documented;
import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;
import org.junit.jupiter.api.TestTemplate;
import org.junit.jupiter.api.extension.ExtendWith;

/**
 * A test that runs once on each kind of database. It may ask for a {@link TestDatabase}, the kind,
 * or for a {@link Database}: one of its own, closed after the test. {@code @BeforeEach} and
 * {@code @AfterEach} get the same one.
 *
 * <pre>{@code
 * @EveryDatabase
 * void anInsertIsSeen(Database database) { … }
 * }</pre>
 */
@Documented
@Target({ElementType.METHOD, ElementType.ANNOTATION_TYPE})
@Retention(RetentionPolicy.RUNTIME)
@TestTemplate
@ExtendWith(OncePerDatabase.class)
public @interface EveryDatabase {}
