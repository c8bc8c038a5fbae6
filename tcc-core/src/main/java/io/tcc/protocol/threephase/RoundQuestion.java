package io.tcc.protocol.threephase;

import io.tcc.transaction.BranchState;
import io.tcc.transaction.Site;
import io.tcc.transaction.Xid;
import org.jspecify.annotations.Nullable;

/**
 * The question of a round: where do you stand?
 *
 * @param from who asks: a peer, or the initiator
 * @param state where a peer that asks stands, {@code READY} or {@code PRE_COMMITTED}; null for the
 *     initiator
 * @param epoch of the round
 */
public record RoundQuestion(
    Xid xid, Site from, Site addressee, @Nullable BranchState state, long epoch) {}
