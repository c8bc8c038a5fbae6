package io.tcc.door;

import io.tcc.protocol.message.MessageType;
import java.lang.reflect.Method;
import java.lang.reflect.Type;
import org.jspecify.annotations.Nullable;

/**
 * What a {@link io.tcc.annotation.TransactionalMessage} method tells, and where it goes.
 *
 * @param told the type of the message
 * @param key where its key comes from; null: it has none
 */
record TransactionalMessageSpec(MessageType type, Type told, @Nullable Key key) {

  /** Where a message's key comes from. */
  sealed interface Key {

    /** An argument of the method. */
    record Argument(int index) implements Key {}

    /** A property of what the method returned, by its accessor. */
    record Property(Method accessor) implements Key {}
  }
}
