package io.tcc.protocol.message;

import io.tcc.transaction.Abridged;
import io.tcc.transaction.HalfMessage;
import org.jspecify.annotations.Nullable;

/**
 * What a business change tells.
 *
 * @param key business key, by which people find the message at the broker, at most 150 characters;
 *     null: none
 * @param body what it says
 */
public record Content(@Nullable String key, String body) {

  public Content {
    if (key != null && (key.isBlank() || key.length() > HalfMessage.MAX_KEY)) {
      throw new IllegalArgumentException(
          "The key of a message has 1 to "
              + HalfMessage.MAX_KEY
              + " characters, this has not: "
              + Abridged.text(key, 170));
    }
  }
}
