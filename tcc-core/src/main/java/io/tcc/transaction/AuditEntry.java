package io.tcc.transaction;

import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * Something that an operator did.
 *
 * @param id of the entry: 32 lower-case hexadecimal digits
 * @param xid the transaction; null if it was not about one
 * @param action what was done, at most 50 characters
 * @param actor who did it, 1 to 200 characters
 * @param reason why, 1 to 1000 characters
 * @param at when, on the log database's clock
 */
public record AuditEntry(
    String id, @Nullable Xid xid, String action, String actor, String reason, Instant at) {

  /** Longest actor, in characters. */
  public static final int MAX_ACTOR = 200;

  /** Longest reason, in characters. */
  public static final int MAX_REASON = 1000;

  private static final int MAX_ACTION = 50;

  public AuditEntry {
    require("action", action, MAX_ACTION);
    require("actor", actor, MAX_ACTOR);
    require("reason", reason, MAX_REASON);
  }

  private static void require(String what, String text, int limit) {
    if (text.isBlank() || text.length() > limit) {
      throw new IllegalArgumentException(
          "An operator's "
              + what
              + " has 1 to "
              + limit
              + " characters, this has not: "
              + Abridged.text(text, 80));
    }
  }
}
