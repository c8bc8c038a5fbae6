package io.tcc.protocol.threephase;

import io.tcc.transaction.Member.Standing;
import java.util.Optional;

/**
 * What a member answers.
 *
 * @param verdict whether it did what it was told
 * @param standing where it stands; empty if it did not answer
 * @param detail for people; empty if done
 */
public record MemberAnswer(Verdict verdict, Optional<Standing> standing, String detail) {

  /** How a message ended. */
  public enum Verdict {
    /** Done, durably. */
    DONE,
    /** It took part in a round since: collect where everybody stands, then go on. */
    STALE,
    /** A different outcome is durable there. */
    CONFLICT,
    /** Not now: try again later. */
    RETRY,
    /** The sender has no part in this transaction. */
    REFUSED
  }

  static MemberAnswer of(Verdict verdict, Standing standing, String detail) {
    return new MemberAnswer(verdict, Optional.of(standing), detail);
  }

  /** No answer that says where the member stands. */
  public static MemberAnswer silent(String why) {
    return new MemberAnswer(Verdict.RETRY, Optional.empty(), why);
  }

  static MemberAnswer refused(String why) {
    return new MemberAnswer(Verdict.REFUSED, Optional.empty(), why);
  }
}
