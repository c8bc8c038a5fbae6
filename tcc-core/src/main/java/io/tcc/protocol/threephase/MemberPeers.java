package io.tcc.protocol.threephase;

import java.time.Duration;
import java.util.concurrent.CompletableFuture;

/**
 * The members at other services. Whatever is no answer of exactly the addressee to exactly this
 * message is silence; the futures do not fail, and end within the limit.
 */
public interface MemberPeers {

  /** Whether a service id can be resolved to an address now. */
  boolean knows(String service);

  /** Tells a member who else takes part. */
  CompletableFuture<MemberAnswer> roll(Roll roll, Duration limit);

  /** Orders a member to pre-commit. */
  CompletableFuture<MemberAnswer> preCommit(PreCommitOrder order, Duration limit);

  /** Asks a member where it stands. */
  CompletableFuture<MemberAnswer> ask(RoundQuestion question, Duration limit);
}
