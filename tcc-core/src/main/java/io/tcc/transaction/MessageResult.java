package io.tcc.transaction;

import org.jspecify.annotations.Nullable;

/**
 * What became of a message at its receiver.
 *
 * @param id of the message
 * @param topic of the message
 * @param key of the message; null if it has none
 * @param receiver service id of who tells it; a topic with several receivers has a result of each
 * @param consumed whether the receiver's listener returned; if not, it refused the message
 * @param reason why it was refused; null if it was not
 */
public record MessageResult(
    String id,
    String topic,
    @Nullable String key,
    String receiver,
    boolean consumed,
    @Nullable String reason) {}
