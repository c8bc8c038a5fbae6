/**
 * The protocol as state machines small enough to be explored completely. What they show, and what
 * they leave out, is told in {@code docs/model.md}.
 *
 * <ol>
 *   <li>{@link io.tcc.model.Explorer} – visits every reachable state of a {@link
 *       io.tcc.model.Model}
 *   <li>{@link io.tcc.model.PresumedAbort} – the decision: one INSERT, flat calls, one Try per call
 *   <li>{@link io.tcc.model.CallTree} – what lies around it: calls that make calls, several Try per
 *       call, requests that are executed twice, rows that are purged; who may call whom is a {@link
 *       io.tcc.model.Scenario}
 *   <li>{@link io.tcc.model.ThreePhase} – 3PC from the last vote on: deaths, stale messages,
 *       rounds, and a network that splits
 * </ol>
 */
@NullMarked
package io.tcc.model;

import org.jspecify.annotations.NullMarked;
