package io.tcc.protocol.outbox;

import io.tcc.context.TransactionContext;
import io.tcc.log.InboxLog;
import io.tcc.log.LocalSettings;
import io.tcc.log.LocalTransactions;
import io.tcc.log.MessageLog;
import io.tcc.transaction.Instance;
import io.tcc.transaction.Message;
import io.tcc.transaction.MessageState;
import io.tcc.transaction.Site;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.BiPredicate;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Receives messages and has each executed once:
 *
 * <ol>
 *   <li>Refuse what nobody here listens to, what is older than the inbox remembers, and what asks
 *       for a reply to a sender that cannot be reached: it is sent again, or dies at its sender.
 *   <li>Open a local transaction and insert the inbox row, with a random token. If it is there
 *       already, this is a repetition: have the reply sent again, and do nothing else.
 *   <li>Run the listener.
 *   <li>Write the result under the token: a deadlock that was swallowed inside the listener has
 *       rolled the row back, and must not let the rest commit.
 *   <li>Store the reply as a message of this service, and commit all of it.
 *   <li>If the listener threw what it declares as a refusal, its local transaction is rolled back,
 *       and inbox row and reply are written in another one. After anything else it threw, nothing
 *       is written: the message comes again.
 * </ol>
 */
public final class Inbox {

  private static final Logger log = LoggerFactory.getLogger(Inbox.class);

  private final Instance instance;
  private final TransactionContext context;
  private final InboxLog inbox;
  private final MessageLog messages;
  private final LocalTransactions local;
  private final BiPredicate<String, String> knows;
  private final Traces traces;
  private final OutboxLimits limits;
  private final Runnable wake;
  private final Map<String, Listener> listeners = new ConcurrentHashMap<>();

  /**
   * @param knows whether, for a topic, the results can be brought to a service of that name
   * @param wake tells the relay that there is something to send
   */
  public Inbox(
      Instance instance,
      TransactionContext context,
      InboxLog inbox,
      MessageLog messages,
      LocalTransactions local,
      BiPredicate<String, String> knows,
      Traces traces,
      OutboxLimits limits,
      Runnable wake) {
    this.instance = instance;
    this.context = context;
    this.inbox = inbox;
    this.messages = messages;
    this.local = local;
    this.knows = knows;
    this.traces = traces;
    this.limits = limits;
    this.wake = wake;
  }

  /**
   * Makes a listener known.
   *
   * @throws IllegalStateException if its topic has one
   */
  public void register(Listener listener) {
    if (listeners.putIfAbsent(listener.topic(), listener) != null) {
      throw new IllegalStateException("Topic " + listener.topic() + " has two listeners");
    }
  }

  /** The topics that have a listener. */
  public Set<String> topics() {
    return Set.copyOf(listeners.keySet());
  }

  /**
   * Executes messages, one after the other, each in a local transaction of its own. Does not throw.
   *
   * @param sender who sent them, as its carrier has verified
   * @param within how long the sender waits; what has not begun after half of it is not tried
   * @return one handover for each, in the same order; what is accepted is durable
   */
  public List<Handover> receive(Site sender, List<Parcel> parcels, Duration within) {
    Instant last = instance.clock().instant().plus(within.dividedBy(2));
    Set<String> stopped = new HashSet<>();
    List<Handover> handovers = new ArrayList<>();
    for (Parcel parcel : parcels) {
      Handover handover;
      if (!instance.clock().instant().isBefore(last)) {
        handover = Handover.notTried("the ones before it took too long");
      } else if (parcel.key() != null && stopped.contains(parcel.key())) {
        handover = Handover.notTried("an earlier one of its key was not executed");
      } else {
        handover = receive(sender, parcel);
      }
      if (handover.kind() != Handover.Kind.ACCEPTED && parcel.key() != null) {
        stopped.add(parcel.key());
      }
      handovers.add(handover);
    }
    return handovers;
  }

  private Handover receive(Site sender, Parcel parcel) {
    Listener listener = listeners.get(parcel.topic());
    if (listener == null) {
      return Handover.failed(
          "service " + instance.site().service() + " has no listener for topic " + parcel.topic());
    }
    if (isTooOld(parcel)) {
      return Handover.failed(
          "it was stored at "
              + parcel.stored()
              + ", longer ago than the receiver remembers what it has executed");
    }
    if (parcel.answer() && !knows.test(parcel.topic(), sender.service())) {
      return Handover.failed(
          "the receiver does not know where to reply: set tcc.services."
              + sender.service()
              + ".url there");
    }
    List<Handover> outcome = new ArrayList<>();
    traces.within(parcel.trace(), () -> outcome.add(execute(listener, sender, parcel)));
    return outcome.get(0);
  }

  /** Whether a message was stored before what the inbox remembers, so that it is not executed. */
  public boolean isTooOld(Parcel parcel) {
    return parcel.stored().isBefore(instance.clock().instant().minus(limits.inboxRetention()));
  }

  /**
   * Tells the sender of a message that nothing more is tried here: where a carrier has taken a
   * message over, the sender does not see that it is not executed. The sender's operator may have
   * it sent again, and it is tried anew. Does not throw.
   *
   * @return accepted if the report is durable, or needless because the message was executed
   */
  public Handover giveUp(Site sender, Parcel parcel, String reason) {
    try {
      local.separate(
          limits.call(),
          () -> {
            Message known = messages.replyTo(parcel.id()).orElse(null);
            if (known == null || messages.withdraw(parcel.id())) {
              reply(sender, parcel, MessageState.DEAD, reason);
            }
            return true;
          });
      return Handover.ACCEPTED;
    } catch (RuntimeException e) {
      log.warn("That message {} is dead could not be written", parcel.id(), e);
      return Handover.failed(e.toString());
    }
  }

  private Handover execute(Listener listener, Site sender, Parcel parcel) {
    try {
      // Whoever carried it here may serve a global transaction; the listener does not belong to it.
      context.<Boolean, Exception>callIn(
          null,
          () -> {
            consume(listener, sender, parcel);
            return true;
          });
      return Handover.ACCEPTED;
    } catch (RefusalException e) {
      return reject(listener, sender, parcel, e.refusal);
    } catch (Exception | Error e) {
      log.warn("Message {} of topic {} was not executed", parcel.id(), parcel.topic(), e);
      return Handover.failed(e.toString());
    }
  }

  private void consume(Listener listener, Site sender, Parcel parcel) throws Exception {
    String token = instance.identifiers().next();
    boolean[] isNew = {false};
    local.<Boolean, Exception>around(
        new LocalSettings(listener.isolation(), limits.call()),
        () -> isNew[0] = insert(listener, sender, parcel, token),
        () -> {
          if (!isNew[0]) {
            answerAgain(listener, sender, parcel);
            return false;
          }
          handle(listener, sender, parcel);
          finish(listener, sender, parcel, token, MessageState.CONSUMED, null);
          return true;
        });
  }

  private static void handle(Listener listener, Site sender, Parcel parcel) throws Exception {
    try {
      listener.handler().handle(parcel, sender);
    } catch (Exception | Error e) {
      if (listener.rejects().test(e)) {
        throw new RefusalException(e);
      }
      throw e;
    }
  }

  private Handover reject(Listener listener, Site sender, Parcel parcel, Throwable refusal) {
    String token = instance.identifiers().next();
    String message = refusal.getMessage();
    String reason = message == null || message.isBlank() ? refusal.toString() : message;
    try {
      local.separate(
          limits.call(),
          () -> {
            if (insert(listener, sender, parcel, token)) {
              finish(listener, sender, parcel, token, MessageState.REJECTED, reason);
            } else {
              answerAgain(listener, sender, parcel);
            }
            return true;
          });
      return Handover.ACCEPTED;
    } catch (RuntimeException e) {
      e.addSuppressed(refusal);
      log.warn("The refusal of message {} could not be written", parcel.id(), e);
      return Handover.failed(e.toString());
    }
  }

  private boolean insert(Listener listener, Site sender, Parcel parcel, String token) {
    return inbox.insert(parcel.id(), listener.consumer(), sender, parcel.topic(), token);
  }

  private void finish(
      Listener listener,
      Site sender,
      Parcel parcel,
      String token,
      MessageState result,
      @Nullable String reason) {
    if (!inbox.finish(parcel.id(), listener.consumer(), token, result, reason)) {
      throw new IllegalStateException(
          "The listener of topic "
              + parcel.topic()
              + " lost its inbox row while it ran: the database rolled part of the work back, and the"
              + " error was swallowed");
    }
    if (parcel.answer()) {
      reply(sender, parcel, result, reason);
    }
  }

  private void reply(Site sender, Parcel parcel, MessageState result, @Nullable String reason) {
    Instant now = instance.clock().instant().truncatedTo(ChronoUnit.MILLIS);
    Message reply =
        Message.reply(
            instance.identifiers().next(now),
            parcel.id(),
            parcel.topic(),
            parcel.key(),
            sender,
            result,
            reason,
            now);
    boolean stored =
        messages.insert(reply) || (messages.withdraw(parcel.id()) && messages.insert(reply));
    if (!stored) {
      throw new IllegalStateException("Message " + parcel.id() + " has a reply already");
    }
    local.whenEnded(wake);
  }

  private void answerAgain(Listener listener, Site sender, Parcel parcel) {
    if (!parcel.answer()) {
      return;
    }
    Message reply = messages.replyTo(parcel.id()).orElse(null);
    if (reply == null || reply.body().equals(MessageState.DEAD.name())) {
      InboxLog.Entry entry =
          inbox
              .find(parcel.id(), listener.consumer())
              .orElseThrow(
                  () ->
                      new IllegalStateException(
                          "The inbox row of message " + parcel.id() + " is gone again"));
      reply(sender, parcel, entry.result(), entry.reason());
    } else if (reply.state() != MessageState.PENDING) {
      messages.requeue(reply.id(), instance.clock().instant());
      local.whenEnded(wake);
    }
  }

  /** Forgets what was received longer ago than the retention, a batch; returns how many. */
  public int purgeOnce() {
    Instant before =
        instance.clock().instant().minus(limits.inboxRetention()).minus(limits.lease());
    return local.separate(limits.call(), () -> inbox.purge(before, limits.batch()));
  }

  /** The listener has refused a message. */
  private static final class RefusalException extends Exception {
    private static final long serialVersionUID = 1L;

    private final transient Throwable refusal;

    RefusalException(Throwable refusal) {
      super(null, null, false, false);
      this.refusal = refusal;
    }
  }
}
