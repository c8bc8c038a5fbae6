/**
 * Distributed transactions for Spring, without a server: <em>work first, decide by one INSERT, then
 * drive to completion; silence means abort.</em>
 *
 * <p>The rooms, in the order in which a transaction walks through them and a newcomer reads them:
 *
 * <ol>
 *   <li>{@code annotation} — what users write
 *   <li>{@code transaction} — the nouns: xid, call path, branch, decision, outcome; events and
 *       exceptions
 *   <li>{@code log} — durable memory as ports; {@code log.jdbc} their SQL, {@code log.json} the
 *       payload
 *   <li>{@code context} — the transaction that the current thread works for
 *   <li>{@code participant} — the called side: record a branch, complete it once, tombstones
 *   <li>{@code engine} — the deciding side: coordinator, driver, recovery, operator; the algorithm
 *       is told on {@code engine.Coordinator}
 *   <li>{@code protocol.*} — what each protocol answers to the engine's questions
 *   <li>{@code transport.*} — how services reach each other
 *   <li>{@code door} — from annotation to engine; start-up validation; the template
 *   <li>{@code wiring} — plain Spring configuration
 * </ol>
 */
@NullMarked
package io.tcc;

import org.jspecify.annotations.NullMarked;
