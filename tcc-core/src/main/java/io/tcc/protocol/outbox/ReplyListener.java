package io.tcc.protocol.outbox;

import io.tcc.transaction.Message;

/**
 * Who learns what became of the messages of a topic.
 *
 * @param topic of which there is one reply listener in a service
 * @param isolation of the local transaction, see {@link io.tcc.log.LocalSettings#isolation()}
 * @param handler what it does, in the local transaction in which the message gets its result
 */
public record ReplyListener(String topic, int isolation, Handler handler) {

  /** The work of a reply listener. */
  @FunctionalInterface
  public interface Handler {

    /**
     * Learns of a result.
     *
     * @param message as it was sent
     */
    void handle(Message message, Result result) throws Exception;
  }

  public ReplyListener {
    Message.requireTopic(topic);
  }
}
