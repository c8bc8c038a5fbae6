/**
 * What a test needs to meet real databases, to count what it makes them write, and to die on them.
 *
 * <ol>
 *   <li>{@link io.tcc.testing.TestDatabase} – the kinds: H2, PostgreSQL, MariaDB; {@code create()}
 *       a new, empty database; kill and restart its server
 *   <li>{@link io.tcc.testing.Database} – one such database: its pool, its address, {@code close()}
 *   <li>{@link io.tcc.testing.EveryDatabase} and {@link io.tcc.testing.EveryDatabaseServer} on a
 *       test, {@link io.tcc.testing.OnDatabase} on a subclass of a contract – what runs where
 *   <li>{@link io.tcc.testing.CountingDataSource} – counts durable commits and tells what each
 *       {@link io.tcc.testing.Commit} wrote; {@link io.tcc.testing.CommitListener} gets between
 *   <li>{@link io.tcc.testing.SimulatedCrash} – the death of a process right before or right after
 *       one of its durable commits
 * </ol>
 *
 * <p>Inside: {@code DatabaseServer} tells how a server lives and dies; {@code CountingConnection}
 * how commits are found.
 */
@NullMarked
package io.tcc.testing;

import org.jspecify.annotations.NullMarked;
