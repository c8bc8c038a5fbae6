package io.tcc.door;

import java.lang.reflect.Type;
import org.jspecify.annotations.Nullable;
import org.springframework.expression.Expression;

/**
 * What an {@link io.tcc.annotation.Outbox} method says.
 *
 * @param type what it returns
 */
record OutboxSpec(
    String topic, @Nullable Expression key, @Nullable Expression uniqueKey, Type type) {}
