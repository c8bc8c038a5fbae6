package io.tcc.transaction;

/** A topic has a message of that unique key already; nothing was stored. */
public class DuplicateMessageException extends RuntimeException {

  private static final long serialVersionUID = 1L;

  public DuplicateMessageException(String topic, String uniqueKey) {
    super(
        "Topic "
            + topic
            + " has a message of unique key "
            + Abridged.text(uniqueKey, Message.MAX_KEY)
            + " already");
  }
}
