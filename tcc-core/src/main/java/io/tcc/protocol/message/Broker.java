package io.tcc.protocol.message;

import io.tcc.transaction.Outcome;

/**
 * A message broker that knows half messages. Every call waits for its answer, for a bounded time.
 */
public interface Broker {

  /**
   * Stores a half message, which nobody receives before it is committed.
   *
   * @return where the broker keeps it, in at most 500 characters of its own; any instance of this
   *     service can end it by that
   * @throws BrokerException if the broker did not acknowledge it; it may have it all the same
   */
  String prepare(Letter letter);

  /** Ends a half message: delivers it, or drops it. */
  Answer end(String topic, String half, Outcome outcome);

  /**
   * Sends a message that is delivered at once.
   *
   * @throws BrokerException if the broker did not acknowledge it; it may have it all the same
   */
  void send(Letter letter);

  /** What the broker said to the end of a half message. */
  enum Answer {
    /** It is done, durably. */
    DONE,
    /** It does not have that half message, or not any more. */
    REFUSED,
    /** It could not be asked, or did not answer; it may have done it all the same. */
    SILENT
  }
}
