package io.tcc.protocol.message;

import io.tcc.context.Frame;
import io.tcc.context.TransactionContext;
import io.tcc.log.HalfMessageLog;
import io.tcc.log.LocalOutcomeUnknownException;
import io.tcc.log.LocalSettings;
import io.tcc.log.LocalTransactions;
import io.tcc.participant.Births;
import io.tcc.participant.BranchHandlers;
import io.tcc.transaction.Events;
import io.tcc.transaction.GlobalTransactionInDoubtException;
import io.tcc.transaction.HalfMessage;
import io.tcc.transaction.Instance;
import io.tcc.transaction.Outcome;
import io.tcc.transaction.TransactionEvent;
import io.tcc.transaction.TransactionUsageException;
import io.tcc.transaction.Work;
import io.tcc.transaction.Xid;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Makes a business change and the message that tells of it one: whoever has the change durable
 * delivers the message, and nobody delivers it without the change. One row decides, and it commits
 * with the change.
 *
 * <ol>
 *   <li>In the local transaction of the change, insert the row, working.
 *   <li>Make the change.
 *   <li>Store the half message at the broker, which delivers nothing yet.
 *   <li>Write where the broker keeps it into the row, and make the row committed. If the working
 *       row is not there any more, the database has rolled part of the change back, and somebody
 *       swallowed the error: roll everything back.
 *   <li>Commit, and only then, with no connection held, tell the broker to deliver. What it
 *       acknowledges is noted in batches; losing such a note costs a repetition.
 *   <li>After anything but a commit that returned, look: the row is there, then deliver; it is not,
 *       then insert a tombstone under its key. Whoever inserts first has decided. Only with the
 *       tombstone in place, tell the broker to drop the half message.
 *   <li>The broker asks when it hears nothing, any instance of the service: the row answers. No
 *       row, and the time for the change not over, means unknown; later, the tombstone as above.
 *   <li>What is committed and not acknowledged is looked after by {@link Redelivery}, because the
 *       broker stops asking after a while, and the order to deliver may be lost.
 * </ol>
 *
 * <p>Inside a global transaction there is no half message: the outcome could be in doubt for longer
 * than the broker asks. The message is a branch there, held until the outcome, and {@link
 * Redelivery} sends it after the commit; see {@link Births}.
 *
 * <p>The broker does not fence: told to deliver twice, it delivers twice. Consumers de-duplicate by
 * the message's id.
 *
 * <p>Source: Apache RocketMQ, "Transaction Message" (half message and check-back).
 */
public final class TransactionalMessages {

  /** Most acknowledged deliveries that wait to be noted; more are noted after a repetition. */
  private static final int MOST_NOTES = 10_000;

  private static final Logger log = LoggerFactory.getLogger(TransactionalMessages.class);

  private final Instance instance;
  private final TransactionContext context;
  private final HalfMessageLog messages;
  private final LocalTransactions local;
  private final Births births;
  private final HeldHalfMessages held;
  private final Broker broker;
  private final MessageLimits limits;
  private final Events events;
  private final Executor executor;
  private final Set<String> topics = ConcurrentHashMap.newKeySet();
  private final BlockingQueue<Xid> notes = new LinkedBlockingQueue<>(MOST_NOTES);

  /**
   * @param handlers learns how messages are completed that a global transaction holds
   * @param executor for telling the broker how a half message ends, which no caller waits for
   */
  public TransactionalMessages(
      Instance instance,
      TransactionContext context,
      HalfMessageLog messages,
      LocalTransactions local,
      Births births,
      BranchHandlers handlers,
      Broker broker,
      MessageLimits limits,
      Events events,
      Executor executor) {
    this.instance = instance;
    this.context = context;
    this.messages = messages;
    this.local = local;
    this.births = births;
    this.held = new HeldHalfMessages(messages, instance.clock());
    handlers.add(held);
    this.broker = broker;
    this.limits = limits;
    this.events = events;
    this.executor = executor;
  }

  /** Makes a kind of message known that this service tells. */
  public void register(MessageType type) {
    topics.add(type.topic());
  }

  /** Where the known kinds of messages go. */
  public Set<String> topics() {
    return Set.copyOf(topics);
  }

  /**
   * Makes a business change and tells of it: in the current local transaction if there is one, and
   * otherwise in one of its own, which every throwable rolls back.
   *
   * @param content what to tell, from what the work returned; null tells nothing
   * @return what the work returned; in a local transaction of its own, the change is durable
   * @throws X what the work threw; nothing is durable, or can be
   * @throws BrokerException if the broker did not take the half message; as above
   * @throws TransactionUsageException inside a global transaction, where no local transaction ends
   *     as the global one does; nothing was done
   * @throws GlobalTransactionInDoubtException if the database does not tell whether the change is
   *     durable; the message will be delivered if, and only if, it is
   */
  public <T extends @Nullable Object, X extends Throwable> T tell(
      MessageType type, Work<T, X> work, Function<T, @Nullable Content> content) throws X {
    Optional<Frame> frame = context.current();
    if (frame.isPresent()) {
      return inside(frame.get(), type, work, content);
    }
    return local.active() ? joined(type, work, content) : alone(type, work, content);
  }

  /** Inside a global transaction, in a local transaction whose fate is the global one's. */
  private <T extends @Nullable Object, X extends Throwable> T inside(
      Frame frame, MessageType type, Work<T, X> work, Function<T, @Nullable Content> content)
      throws X {
    if (!local.active()) {
      throw new TransactionUsageException(
          frame.transaction().xid(),
          type.name()
              + " is a @TransactionalMessage method and was called inside a global transaction, but"
              + " outside of its local transactions: its change would stay if the global transaction"
              + " is aborted. Call it from a branch method, such as a @Try, or put @Transactional on"
              + " the @GlobalTx method",
          null);
    }
    return local.joined(
        () -> {
          T made = work.run();
          Content told = content.apply(made);
          if (told != null) {
            store(type, told);
          }
          return made;
        });
  }

  private void store(MessageType type, Content told) {
    Instant now = instance.clock().instant().truncatedTo(ChronoUnit.MILLIS);
    Xid id = new Xid(instance.identifiers().next(now));
    births.store(
        "The message of " + type.name(),
        held,
        HeldHalfMessages.arguments(id),
        hold ->
            messages.insert(
                HalfMessage.born(
                    id, type.topic(), type.tags(), told.key(), told.body(), hold, now)));
  }

  private <T extends @Nullable Object, X extends Throwable> T alone(
      MessageType type, Work<T, X> work, Function<T, @Nullable Content> content) throws X {
    Change<T, X> change = new Change<>(type, work, content);
    T value;
    try {
      value =
          local.around(
              new LocalSettings(type.isolation(), limits.timeout()), change::begin, change::make);
    } catch (LocalOutcomeUnknownException e) {
      return change.outcomeOfLostCommit(e);
    } catch (Throwable e) {
      change.endLater();
      throw e;
    }
    String half = change.half;
    if (half != null) {
      later(() -> end(change.id, type.topic(), half, Outcome.COMMIT, false));
    }
    return value;
  }

  private <T extends @Nullable Object, X extends Throwable> T joined(
      MessageType type, Work<T, X> work, Function<T, @Nullable Content> content) throws X {
    Change<T, X> change = new Change<>(type, work, content);
    return local.joined(
        () -> {
          change.begin();
          // The thread still holds its connection then; the broker is told on another one.
          local.whenEnded(change::endLater);
          return change.make();
        });
  }

  /** One business change on its way through the steps, on one thread. */
  private final class Change<T extends @Nullable Object, X extends Throwable> {

    private final Xid id = new Xid(instance.identifiers().next());
    private final Instant begun = instance.clock().instant().truncatedTo(ChronoUnit.MILLIS);
    private final MessageType type;
    private final Work<T, X> work;
    private final Function<T, @Nullable Content> content;
    private @Nullable T value;
    private @Nullable String half;

    Change(MessageType type, Work<T, X> work, Function<T, @Nullable Content> content) {
      this.type = type;
      this.work = work;
      this.content = content;
    }

    void begin() {
      if (!messages.insert(working())) {
        throw new IllegalStateException("There is a transactional message " + id + " already");
      }
    }

    private HalfMessage working() {
      return HalfMessage.working(id, type.topic(), type.tags(), begun);
    }

    T make() throws X {
      T made = work.run();
      value = made;
      Content told = content.apply(made);
      if (told == null) {
        requireRow(messages.commit(working().silent()));
        return made;
      }
      requireTime();
      half =
          broker.prepare(
              new Letter(
                  id, type.topic(), type.tags(), told.key(), told.body(), instance.site(), begun));
      requireRow(
          messages.commit(
              working()
                  .committed(
                      told.key(),
                      told.body(),
                      half,
                      instance.clock().instant().plus(limits.grace()))));
      return made;
    }

    private void requireRow(boolean changed) {
      if (!changed) {
        throw new IllegalStateException(
            type.name()
                + " lost the row of its transactional message "
                + id
                + " while it ran: the database rolled part of the work back, and the error was"
                + " swallowed");
      }
    }

    private void requireTime() {
      if (!instance.clock().instant().isBefore(begun.plus(limits.timeout()))) {
        throw new IllegalStateException(
            type.name()
                + " took longer than the time for a transactional message, "
                + limits.timeout());
      }
    }

    /** Whatever became of the local transaction: the row tells. */
    void endLater() {
      String kept = half;
      if (kept != null) {
        later(() -> end(id, type.topic(), kept, whatIsThere(id, type.topic(), begun), false));
      }
    }

    @SuppressWarnings("NullAway") // The work returned the value: it is null only if T admits it.
    T outcomeOfLostCommit(LocalOutcomeUnknownException e) {
      Outcome outcome;
      try {
        outcome = whatIsThere(id, type.topic(), begun);
      } catch (RuntimeException silent) {
        e.addSuppressed(silent);
        throw new GlobalTransactionInDoubtException(
            id,
            "Whether "
                + type.name()
                + " is durable is not known: the database did not answer its commit. Message "
                + id
                + " is delivered if, and only if, it is; do not repeat the call, look the id up in"
                + " tcc_half_message.",
            e);
      }
      String kept = half;
      if (kept != null) {
        later(() -> end(id, type.topic(), kept, outcome, false));
      }
      if (outcome == Outcome.COMMIT) {
        return value;
      }
      throw e.getCause() instanceof RuntimeException known ? known : e;
    }
  }

  private void later(Runnable end) {
    try {
      executor.execute(
          () -> {
            try {
              end.run();
            } catch (RuntimeException e) {
              log.warn("The broker was not told how a half message ends; it is going to ask", e);
            }
          });
    } catch (RejectedExecutionException e) {
      log.warn("The broker was not told how a half message ends; it is going to ask", e);
    }
  }

  /**
   * The outcome of a business change: the row, or else a tombstone in its place.
   *
   * @throws RuntimeException if the database does not tell
   */
  private Outcome whatIsThere(Xid id, String topic, Instant begun) {
    return find(id)
        .map(TransactionalMessages::outcome)
        .orElseGet(
            () ->
                local.separate(
                        limits.call(),
                        () -> messages.insert(HalfMessage.tombstone(id, topic, begun)))
                    ? Outcome.ABORT
                    : find(id).map(TransactionalMessages::outcome).orElseThrow());
  }

  private Optional<HalfMessage> find(Xid id) {
    return local.separate(limits.call(), () -> messages.find(id));
  }

  private static Outcome outcome(HalfMessage message) {
    return message.state().isCommitted() ? Outcome.COMMIT : Outcome.ABORT;
  }

  private boolean end(Xid id, String topic, String half, Outcome outcome, boolean late) {
    if (broker.end(topic, half, outcome) != Broker.Answer.DONE) {
      log.debug("The broker did not acknowledge the end of {}, {}", id, outcome);
      return false;
    }
    if (outcome == Outcome.COMMIT) {
      acknowledged(id);
    }
    events.publish(new TransactionEvent.HalfMessageEnded(id, topic, outcome, late));
    return true;
  }

  private void acknowledged(Xid id) {
    if (!notes.offer(id)) {
      log.warn("Too many deliveries wait to be noted; {} may be delivered once more", id);
    }
  }

  /**
   * Answers the broker's question from the row, on any instance.
   *
   * @return unknown if this is not the log that decides, if the time for the business change is not
   *     over, or if the database does not tell
   */
  public Verdict answer(CheckBack check) {
    if (!instance.site().answersFor(check.sender())) {
      log.warn(
          "Asked about message {} of {}, but this is {}: instances with another database share the"
              + " producer group",
          check.id(),
          check.sender(),
          instance.site());
      return Verdict.UNKNOWN;
    }
    try {
      Optional<HalfMessage> row = find(check.id());
      if (row.isEmpty() && isYoung(check)) {
        return Verdict.UNKNOWN;
      }
      Outcome outcome =
          row.map(TransactionalMessages::outcome)
              .orElseGet(() -> whatIsThere(check.id(), check.topic(), check.begun()));
      return outcome == Outcome.COMMIT ? Verdict.COMMIT : Verdict.ROLLBACK;
    } catch (RuntimeException e) {
      log.warn("The row of message {} does not tell; the broker asks again", check.id(), e);
      return Verdict.UNKNOWN;
    }
  }

  private boolean isYoung(CheckBack check) {
    return instance.clock().instant().isBefore(check.begun().plus(limits.timeout()));
  }

  /**
   * Answers the broker's question and ends the half message at once, with an acknowledgement that
   * the broker's own way of answering does not have.
   *
   * @param half where the broker keeps it
   * @return what is left to be told in the broker's own way; unknown if that is nothing
   */
  public Verdict answerAndEnd(CheckBack check, String half) {
    Verdict verdict = answer(check);
    if (verdict == Verdict.UNKNOWN) {
      return verdict;
    }
    Outcome outcome = verdict == Verdict.COMMIT ? Outcome.COMMIT : Outcome.ABORT;
    return end(check.id(), check.topic(), half, outcome, true) ? Verdict.UNKNOWN : verdict;
  }

  /** The acknowledged deliveries that are not noted yet, at most so many; they are taken. */
  List<Xid> takeNotes(int most) {
    List<Xid> taken = new ArrayList<>();
    notes.drainTo(taken, most);
    return taken;
  }

  /** Gives back what was taken and could not be noted. */
  void giveBack(List<Xid> taken) {
    taken.forEach(this::acknowledged);
  }
}
