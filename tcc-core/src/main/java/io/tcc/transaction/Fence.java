package io.tcc.transaction;

/**
 * Ordinal 0 of a call: the row on which every Try and every completion of the call serialize.
 *
 * @param path the call
 * @param site under which it was recorded
 * @param nonce of the execution that owns the call; empty in a tombstone
 * @param state {@code OPEN}, {@code CONFIRMED} or {@code CANCELLED}
 */
public record Fence(CallPath path, Site site, String nonce, BranchState state) {}
