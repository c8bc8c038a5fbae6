package io.tcc.transaction;

import java.time.Instant;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Something that a third party is told.
 *
 * @param id 32 lower-case hexadecimal digits, the same in all attempts
 * @param target who is told
 * @param subject what it is about
 * @param body what is told, JSON
 * @param state where it stands
 * @param failures failed attempts since it was stored, or sent again by hand
 * @param owner the instance that took it last
 * @param epoch grows with every attempt; a late owner's failure is refused
 * @param nextAttempt when an instance may take it, on the log database's clock
 * @param created when it was stored
 * @param lastError why the last attempt failed
 */
public record Notification(
    String id,
    String target,
    Subject subject,
    String body,
    NotificationState state,
    int failures,
    String owner,
    long epoch,
    Instant nextAttempt,
    Instant created,
    @Nullable String lastError) {

  private static final Pattern ID = Pattern.compile("[0-9a-f]{32}");

  public Notification {
    requireId(id);
  }

  /**
   * Checks an id.
   *
   * @throws IllegalArgumentException if it has not 32 lower-case hexadecimal digits
   */
  public static String requireId(String id) {
    if (!ID.matcher(id).matches()) {
      throw new IllegalArgumentException(
          "A notification's id has 32 lower-case hexadecimal digits, this has not: "
              + Abridged.text(id, 40));
    }
    return id;
  }

  /**
   * What a notification is about. Both together are told once to a target.
   *
   * @param type such as {@code payment}, 1 to 100 characters
   * @param number such as the payment's, 1 to 100 characters
   */
  public record Subject(String type, String number) {

    private static final int MAX_LENGTH = 100;

    public Subject {
      require("type", type);
      require("number", number);
    }

    private static void require(String what, String text) {
      if (text.isBlank() || text.length() > MAX_LENGTH) {
        throw new IllegalArgumentException(
            "A notification's business "
                + what
                + " has 1 to "
                + MAX_LENGTH
                + " characters, this has not: "
                + Abridged.text(text, 120));
      }
    }

    /** {@code type/number}. */
    @Override
    public String toString() {
      return type + "/" + number;
    }
  }
}
