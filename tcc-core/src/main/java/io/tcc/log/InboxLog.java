package io.tcc.log;

import io.tcc.transaction.MessageState;
import io.tcc.transaction.Site;
import java.time.Instant;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The messages that this service has received, one row per message and consumer, written with the
 * business change of the consumer. Every method works in the current local transaction.
 */
public interface InboxLog {

  /**
   * What became of a message.
   *
   * @param result {@code CONSUMED} or {@code REJECTED}
   */
  record Entry(MessageState result, @Nullable String reason) {}

  /**
   * Notes that a consumer takes a message now; waits for another execution that is doing so. The
   * local transaction stays usable either way.
   *
   * @param token random text of this execution
   * @return false if it has done so before; look at the entry
   */
  boolean insert(String message, String consumer, Site sender, String topic, String token);

  /**
   * Writes the result under the token of the execution.
   *
   * @return false if the row is not there any more: the database rolled a part back
   */
  boolean finish(
      String message, String consumer, String token, MessageState result, @Nullable String reason);

  Optional<Entry> find(String message, String consumer);

  /**
   * Deletes what was received before an instant.
   *
   * @return how many rows were deleted, at most {@code limit}
   */
  int purge(Instant receivedBefore, int limit);
}
