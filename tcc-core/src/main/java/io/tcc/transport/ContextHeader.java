package io.tcc.transport;

import io.tcc.transaction.Abridged;
import io.tcc.transaction.Site;
import java.time.Instant;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * The text that carries a {@link CallContext} to another service.
 *
 * @param context what it carries
 * @param sent when, on the caller's clock
 * @param audience whom it is meant for
 * @param signed the part that the signature is of
 * @param signature over all of it, if it has one
 */
record ContextHeader(
    CallContext context, Instant sent, Site audience, String signed, @Nullable String signature) {

  /** Its name. */
  static final String NAME = "Tcc-Context";

  /** Longest text, in characters. */
  static final int MAX_LENGTH = 1024;

  private static final Pattern FORM =
      Pattern.compile(
          "(v1 (xid=.{1,600}) sent=([0-9]{1,15}) to=([A-Za-z0-9@._-]{1,97}))"
              + "(?: signature=([0-9a-f]{64}))?");

  /** Writes the header of a call that is sent now. */
  static String write(CallContext context, Instant now, Site audience, Signatures signatures) {
    String text = "v1 " + context + " sent=" + now.toEpochMilli() + " to=" + audience;
    return signatures.isPresent() ? text + " signature=" + signatures.sign(purpose(text)) : text;
  }

  /**
   * Reads what {@link #write} wrote, without believing it.
   *
   * @throws MessageRefusedException if it is too long or not of that form
   */
  static ContextHeader read(String text) throws MessageRefusedException {
    if (text.length() > MAX_LENGTH) {
      throw new MessageRefusedException(
          Refusal.OVERSIZED, "Its " + NAME + " has " + text.length() + " characters");
    }
    Matcher matcher = FORM.matcher(text);
    try {
      if (!matcher.matches()) {
        throw new IllegalArgumentException("Not a " + NAME + " of version 1: " + text);
      }
      return new ContextHeader(
          CallContext.parse(matcher.group(2)),
          Instant.ofEpochMilli(Long.parseLong(matcher.group(3))),
          Site.parse(matcher.group(4)),
          purpose(matcher.group(1)),
          matcher.group(5));
    } catch (IllegalArgumentException e) {
      throw new MessageRefusedException(
          Refusal.MALFORMED, Abridged.text(String.valueOf(e.getMessage()), 200));
    }
  }

  /** A signature of this is none of anything else. */
  private static String purpose(String text) {
    return NAME + ": " + text;
  }
}
