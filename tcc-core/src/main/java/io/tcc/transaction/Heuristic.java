package io.tcc.transaction;

import java.time.Instant;

/**
 * A contradiction: an outcome was ordered here, and something else is durable.
 *
 * @param xid the transaction
 * @param ordered the outcome that could not be had
 * @param reason what is there instead
 * @param at when it was found first
 */
public record Heuristic(Xid xid, Outcome ordered, String reason, Instant at) {}
