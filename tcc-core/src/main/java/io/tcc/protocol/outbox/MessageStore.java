package io.tcc.protocol.outbox;

import io.tcc.log.LocalTransactions;
import io.tcc.log.MessageLog;
import io.tcc.participant.Births;
import io.tcc.participant.BranchHandlers;
import io.tcc.transaction.Instance;
import io.tcc.transaction.Message;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Stores messages in the local transaction of the business change that they tell of: due as soon as
 * that is committed, or held until a global transaction is; see {@link Births}.
 *
 * <p>Of several receivers of a topic each gets a row of its own, with its own attempts and its own
 * result: the first one the message itself, the others {@link Message#copy copies}.
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
   * @return its id, of which the first receiver's row is; nothing if its topic has a message of
   *     that unique key, and then nothing was stored and the local transaction goes on
   * @throws io.tcc.transaction.TransactionUsageException if there is no local transaction that
   *     decides over message and business change together, or the topic has no destination
   * @throws IllegalArgumentException if the topic or a key cannot be stored
   */
  public Optional<String> store(Draft draft) {
    List<String> destinations = topics.destinations(draft.topic());
    Instant now = instance.clock().instant().truncatedTo(ChronoUnit.MILLIS);
    Message message =
        Message.born(
            instance.identifiers().next(now),
            draft.topic(),
            draft.key(),
            draft.uniqueKey(),
            destinations.get(0),
            traces.current(),
            draft.body(),
            now);
    List<Message> all = new ArrayList<>(List.of(message));
    for (int i = 1; i < destinations.size(); i++) {
      all.add(message.copy(i, destinations.get(i)));
    }
    boolean stored =
        births.store(
            "A message of topic " + draft.topic(),
            held,
            HeldMessages.arguments(all.stream().map(Message::id).toList()),
            hold -> insert(hold ? all.stream().map(Message::held).toList() : all, hold));
    return stored ? Optional.of(message.id()) : Optional.empty();
  }

  /** The first one has the unique key, and decides for all. */
  private boolean insert(List<Message> all, boolean hold) {
    if (!messages.insert(all.get(0))) {
      return false;
    }
    for (Message copy : all.subList(1, all.size())) {
      if (!messages.insert(copy)) {
        throw new IllegalStateException(
            "Message " + copy.id() + " to " + copy.destination() + " is there already");
      }
    }
    if (!hold) {
      local.whenEnded(wake);
    }
    return true;
  }
}
