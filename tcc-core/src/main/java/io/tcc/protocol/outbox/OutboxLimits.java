package io.tcc.protocol.outbox;

import io.tcc.transaction.Backoff;
import java.time.Duration;

/**
 * The bounds of the local message table.
 *
 * @param call longest wait for one call of a carrier, and for one statement
 * @param lease after which messages whose sender went silent are sent by another instance; at least
 *     three times {@code call}
 * @param backoff between attempts to send a message, and how many there are before it is dead
 * @param batch most messages that one pass takes
 * @param inFlight most messages that this instance has under way
 * @param lanes most calls to one destination at the same time; messages of one key share a lane
 * @param chunk most messages in one call
 * @param retention how long finished messages are kept
 * @param inboxRetention how long received messages are remembered; older ones are not executed, as
 *     nobody knows whether they were before
 */
public record OutboxLimits(
    Duration call,
    Duration lease,
    Backoff backoff,
    int batch,
    int inFlight,
    int lanes,
    int chunk,
    Duration retention,
    Duration inboxRetention) {

  public OutboxLimits {
    if (lease.compareTo(call.multipliedBy(3)) < 0) {
      throw new IllegalArgumentException(
          "The lease ("
              + lease
              + ") is at least three times the longest wait for a call ("
              + call
              + "): a message that is still on its way must not be taken by another instance");
    }
    if (batch < 1 || inFlight < batch || lanes < 1 || chunk < 1) {
      throw new IllegalArgumentException(
          "Batch, lanes and chunk are at least 1, and a batch may be in flight: "
              + batch
              + ", "
              + lanes
              + ", "
              + chunk
              + ", "
              + inFlight);
    }
  }
}
