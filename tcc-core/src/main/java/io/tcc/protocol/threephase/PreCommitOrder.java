package io.tcc.protocol.threephase;

import io.tcc.transaction.Site;
import io.tcc.transaction.Xid;

/**
 * Orders a member to pre-commit.
 *
 * @param epoch of the initiator's last round; a member that took part in a later one refuses it
 */
public record PreCommitOrder(Xid xid, Site from, Site addressee, long epoch) {}
