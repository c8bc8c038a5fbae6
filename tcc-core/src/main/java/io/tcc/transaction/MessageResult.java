package io.tcc.transaction;

import org.jspecify.annotations.Nullable;

/**
 * What became of a message at its receiver.
 *
 * @param id of the message
 * @param topic of the message
 * @param key of the message; null if it has none
 * @param consumed whether the receiver's listener returned; if not, it refused the message
 * @param reason why it was refused; null if it was not
 */
public record MessageResult(
    String id, String topic, @Nullable String key, boolean consumed, @Nullable String reason) {}
