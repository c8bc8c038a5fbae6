package io.tcc.transaction;

import java.util.Collections;
import java.util.Set;
import java.util.SortedSet;
import java.util.TreeSet;

/**
 * What the initiator answers to an {@link Inquiry}.
 *
 * @param verdict the decision, or why there is none
 * @param paths with COMMIT: the asker's calls that are committed; its other branches are cancelled
 * @param detail for people
 */
public record InquiryAnswer(Verdict verdict, SortedSet<CallPath> paths, String detail) {

  public InquiryAnswer {
    paths = Collections.unmodifiableSortedSet(new TreeSet<>(paths));
  }

  /** What is known of the outcome. */
  public enum Verdict {
    COMMIT,
    /** Also where nothing was decided: asking has then inserted ABORT. */
    ABORT,
    /** Everybody has voted yes, and rounds are being held: it is going to be one of the two. */
    PRE_COMMIT,
    /** The work phase is not over; ask again. */
    PENDING,
    /** Older than the retention of decisions: nobody can tell, an operator must. */
    FORGOTTEN,
    /** The initiator, or its log, could not be reached; ask again. */
    UNREACHABLE
  }

  public static InquiryAnswer commit(Set<CallPath> paths) {
    return new InquiryAnswer(Verdict.COMMIT, new TreeSet<>(paths), "");
  }

  public static InquiryAnswer abort() {
    return new InquiryAnswer(Verdict.ABORT, Collections.emptySortedSet(), "");
  }

  /** Neither committed nor aborted, as far as can be told. */
  public static InquiryAnswer undecided(Verdict verdict, String detail) {
    return new InquiryAnswer(verdict, Collections.emptySortedSet(), detail);
  }
}
