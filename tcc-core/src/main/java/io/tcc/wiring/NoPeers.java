package io.tcc.wiring;

import io.tcc.engine.Peers;
import io.tcc.protocol.threephase.MemberAnswer;
import io.tcc.protocol.threephase.MemberPeers;
import io.tcc.protocol.threephase.PreCommitOrder;
import io.tcc.protocol.threephase.Roll;
import io.tcc.protocol.threephase.RoundQuestion;
import io.tcc.transaction.CompletionAnswer;
import io.tcc.transaction.CompletionOrder;
import io.tcc.transaction.Inquiry;
import io.tcc.transaction.InquiryAnswer;
import io.tcc.transaction.InquiryAnswer.Verdict;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;

/** The peers of a service that has no transport: it knows nobody, and nobody answers. */
public final class NoPeers implements Peers, MemberPeers {

  private static final String WHY = "this service has no transport to other services";

  @Override
  public boolean knows(String service) {
    return false;
  }

  @Override
  public CompletableFuture<CompletionAnswer> complete(CompletionOrder order, Duration limit) {
    return CompletableFuture.completedFuture(CompletionAnswer.retry(WHY));
  }

  @Override
  public CompletableFuture<InquiryAnswer> ask(Inquiry inquiry, Duration limit) {
    return CompletableFuture.completedFuture(InquiryAnswer.undecided(Verdict.UNREACHABLE, WHY));
  }

  @Override
  public CompletableFuture<MemberAnswer> roll(Roll roll, Duration limit) {
    return CompletableFuture.completedFuture(MemberAnswer.silent(WHY));
  }

  @Override
  public CompletableFuture<MemberAnswer> preCommit(PreCommitOrder order, Duration limit) {
    return CompletableFuture.completedFuture(MemberAnswer.silent(WHY));
  }

  @Override
  public CompletableFuture<MemberAnswer> ask(RoundQuestion question, Duration limit) {
    return CompletableFuture.completedFuture(MemberAnswer.silent(WHY));
  }
}
