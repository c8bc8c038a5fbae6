package io.tcc.protocol.outbox;

/**
 * Whether somebody has taken a message, or a result, over.
 *
 * @param detail why not
 */
public record Handover(Kind kind, String detail) {

  /** How it ended. */
  public enum Kind {
    /** It is durable there. */
    ACCEPTED,
    /** It is not, or nobody knows. */
    FAILED,
    /** Nobody tried: something before it took too long or failed. */
    NOT_TRIED
  }

  /** It was taken over. */
  public static final Handover ACCEPTED = new Handover(Kind.ACCEPTED, "");

  /** It was not taken over, or nobody knows. */
  public static Handover failed(String why) {
    return new Handover(Kind.FAILED, why);
  }

  /** It was not tried. */
  public static Handover notTried(String why) {
    return new Handover(Kind.NOT_TRIED, why);
  }
}
