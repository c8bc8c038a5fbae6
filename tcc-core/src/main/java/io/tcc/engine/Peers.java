package io.tcc.engine;

import io.tcc.transaction.CompletionAnswer;
import io.tcc.transaction.CompletionOrder;
import io.tcc.transaction.Inquiry;
import io.tcc.transaction.InquiryAnswer;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;

/** The other services, as far as completing transactions goes. */
public interface Peers {

  /** Whether a service id can be resolved to an address now. */
  boolean knows(String service);

  /**
   * Orders a site to complete its branches. Whatever is not an acknowledgement of exactly this
   * order is {@code RETRY} or {@code CONFLICT}; the future does not fail, and ends within the
   * limit.
   */
  CompletableFuture<CompletionAnswer> complete(CompletionOrder order, Duration limit);

  /**
   * Asks an initiator for its decision. Whatever is not an answer is {@code UNREACHABLE}; the
   * future does not fail, and ends within the limit.
   */
  CompletableFuture<InquiryAnswer> ask(Inquiry inquiry, Duration limit);
}
