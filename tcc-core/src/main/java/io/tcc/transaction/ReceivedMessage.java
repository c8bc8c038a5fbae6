package io.tcc.transaction;

import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * What a listener may want to know of a message besides what it says.
 *
 * @param id its identity, the same however often it is sent
 * @param topic what it is about
 * @param key by which it keeps its order; null if it has none
 * @param sender service id
 * @param stored when it was stored, on the sender's clock
 */
public record ReceivedMessage(
    String id, String topic, @Nullable String key, String sender, Instant stored) {}
