/**
 * What a test needs to meet real databases: H2, PostgreSQL and MariaDB, started by the test itself.
 *
 * <ol>
 *   <li>{@link io.tcc.testing.TestDatabase} – the kinds, and {@code create()}: a new, empty
 *       database
 *   <li>{@link io.tcc.testing.Database} – one such database: its pool, its address, {@code close()}
 * </ol>
 */
@NullMarked
package io.tcc.testing;

import org.jspecify.annotations.NullMarked;
