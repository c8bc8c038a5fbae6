package io.tcc.protocol.outbox;

import io.tcc.log.LocalTransactions;
import io.tcc.log.MessageLog;
import io.tcc.participant.Births;
import io.tcc.participant.BranchHandlers;
import io.tcc.transaction.Instance;
import io.tcc.transaction.Message;
import java.time.temporal.ChronoUnit;
import java.util.Optional;

/**
 * Stores messages in the local transaction of the business change that they tell of: due as soon as
 * that is committed, or held until a global transaction is; see {@link Births}.
 */
public final class MessageStore {

  private final Instance instance;
  private final Births births;
  private final MessageLog messages;
  private final LocalTransactions local;
  private final Topics topics;
  private final Traces traces;
  private final Runnable wake;
  private final HeldMessages held;

  /**
   * @param wake tells the relay that there is something to send
   */
  public MessageStore(
      Instance instance,
      Births births,
      BranchHandlers handlers,
      MessageLog messages,
      LocalTransactions local,
      Topics topics,
      Traces traces,
      Runnable wake) {
    this.instance = instance;
    this.births = births;
    this.messages = messages;
    this.local = local;
    this.topics = topics;
    this.traces = traces;
    this.wake = wake;
    this.held = new HeldMessages(messages, local, instance.clock(), wake);
    handlers.add(held);
  }

  /**
   * Stores a message in the current local transaction.
   *
   * @return its id; nothing if its topic has a message of that unique key, and then nothing was
   *     stored and the local transaction goes on
   * @throws io.tcc.transaction.TransactionUsageException if there is no local transaction that
   *     decides over message and business change together, or the topic has no destination
   * @throws IllegalArgumentException if the topic or a key cannot be stored
   */
  public Optional<String> store(Draft draft) {
    String id = instance.identifiers().next();
    String destination = topics.destination(draft.topic());
    boolean stored =
        births.store(
            "A message of topic " + draft.topic(),
            held,
            HeldMessages.arguments(id),
            hold -> insert(id, draft, destination, hold));
    return stored ? Optional.of(id) : Optional.empty();
  }

  private boolean insert(String id, Draft draft, String destination, boolean hold) {
    boolean inserted =
        messages.insert(
            Message.born(
                id,
                draft.topic(),
                draft.key(),
                draft.uniqueKey(),
                destination,
                traces.current(),
                draft.body(),
                hold,
                instance.clock().instant().truncatedTo(ChronoUnit.MILLIS)));
    if (inserted && !hold) {
      local.whenEnded(wake);
    }
    return inserted;
  }
}
