package io.tcc.protocol.outbox;

import io.tcc.transaction.Abridged;
import io.tcc.transaction.Message;
import io.tcc.transaction.MessageState;
import org.jspecify.annotations.Nullable;

/**
 * What became of a message at its receiver.
 *
 * @param message its id
 * @param result {@code CONSUMED} or {@code REJECTED}; {@code DEAD} if nothing more is tried there
 * @param reason why it was refused, or not executed; null if it was consumed
 */
public record Result(String message, MessageState result, @Nullable String reason) {

  public Result {
    Message.requireId(message);
    if (result != MessageState.CONSUMED
        && result != MessageState.REJECTED
        && result != MessageState.DEAD) {
      throw new IllegalArgumentException("A result is CONSUMED, REJECTED or DEAD, not " + result);
    }
    if (result == MessageState.DEAD && reason == null) {
      throw new IllegalArgumentException("That a message is DEAD needs a reason");
    }
    if (reason != null && reason.length() > Message.MAX_REASON) {
      throw new IllegalArgumentException(
          "A reason has at most "
              + Message.MAX_REASON
              + " characters, this has not: "
              + Abridged.text(reason, 40));
    }
  }

  /** Whether the receiver's listener returned. */
  public boolean isConsumed() {
    return result == MessageState.CONSUMED;
  }
}
