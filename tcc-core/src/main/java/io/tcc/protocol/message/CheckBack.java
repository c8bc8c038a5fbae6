package io.tcc.protocol.message;

import io.tcc.transaction.Site;
import io.tcc.transaction.Xid;
import java.time.Instant;

/**
 * The broker asks what became of the business change behind a half message.
 *
 * @param id the message's
 * @param topic where it goes
 * @param sender whose rows decide over it
 * @param begun when its business change began, on the sender's clock
 */
public record CheckBack(Xid id, String topic, Site sender, Instant begun) {}
