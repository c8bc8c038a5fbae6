package io.tcc.protocol.outbox;

import org.jspecify.annotations.Nullable;

/**
 * A message that is to be stored.
 *
 * @param topic what it is about
 * @param key messages to one destination that have the same key are sent in their order; null: in
 *     any
 * @param uniqueKey of which a topic has one message only; null: any number
 * @param body what it says, JSON
 */
public record Draft(String topic, @Nullable String key, @Nullable String uniqueKey, String body) {}
