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

  CompletableFuture<MemberAnswer> roll(Roll roll, Duration limit);

  CompletableFuture<MemberAnswer> preCommit(PreCommitOrder order, Duration limit);

  CompletableFuture<MemberAnswer> ask(RoundQuestion question, Duration limit);
}
