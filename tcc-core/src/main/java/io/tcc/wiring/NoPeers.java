package io.tcc.wiring;

import io.tcc.engine.Peers;
import io.tcc.transaction.CompletionAnswer;
import io.tcc.transaction.CompletionOrder;
import io.tcc.transaction.Inquiry;
import io.tcc.transaction.InquiryAnswer;
import io.tcc.transaction.InquiryAnswer.Verdict;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;

/** The peers of a service that has no transport: it knows nobody, and nobody answers. */
public final class NoPeers implements Peers {

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
}
