package io.tcc.protocol.outbox;

import io.tcc.context.TransactionContext;
import io.tcc.log.LocalSettings;
import io.tcc.log.LocalTransactions;
import io.tcc.log.MessageLog;
import io.tcc.transaction.Events;
import io.tcc.transaction.Message;
import io.tcc.transaction.MessageState;
import io.tcc.transaction.Site;
import io.tcc.transaction.TransactionEvent;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Receives what became of this service's messages. The row of a message gets its result once, in
 * the local transaction in which the topic's reply listener runs; a result that comes again, or too
 * late, changes nothing.
 */
public final class ReplyDesk {

  private static final Logger log = LoggerFactory.getLogger(ReplyDesk.class);

  private final TransactionContext context;
  private final MessageLog messages;
  private final LocalTransactions local;
  private final Traces traces;
  private final OutboxLimits limits;
  private final Events events;
  private final Map<String, ReplyListener> listeners = new ConcurrentHashMap<>();

  public ReplyDesk(
      TransactionContext context,
      MessageLog messages,
      LocalTransactions local,
      Traces traces,
      OutboxLimits limits,
      Events events) {
    this.context = context;
    this.messages = messages;
    this.local = local;
    this.traces = traces;
    this.limits = limits;
    this.events = events;
  }

  /**
   * Makes a reply listener known.
   *
   * @throws IllegalStateException if its topic has one
   */
  public void register(ReplyListener listener) {
    if (listeners.putIfAbsent(listener.topic(), listener) != null) {
      throw new IllegalStateException("Topic " + listener.topic() + " has two reply listeners");
    }
  }

  /**
   * Takes results. Does not throw.
   *
   * @param receiver who tells, as its carrier has verified; only the receiver of a message may
   * @return one handover for each, in the same order; what is accepted needs not be told again
   */
  public List<Handover> receive(Site receiver, List<Result> results) {
    if (listeners.isEmpty()) {
      return together(receiver, results);
    }
    List<Handover> handovers = new ArrayList<>();
    results.forEach(result -> handovers.add(receive(receiver, result)));
    return handovers;
  }

  /** Nobody wants to know: all of it in one local transaction. */
  private List<Handover> together(Site receiver, List<Result> results) {
    List<TransactionEvent> dead = new ArrayList<>();
    try {
      local.separate(
          limits.call(),
          () -> {
            dead.clear();
            results.stream()
                .filter(result -> settle(receiver, result))
                .filter(result -> result.result() == MessageState.DEAD)
                .forEach(result -> dead(receiver, result).ifPresent(dead::add));
            return true;
          });
      dead.forEach(events::publish);
      return results.stream().map(result -> Handover.ACCEPTED).toList();
    } catch (RuntimeException e) {
      log.warn("Results of {} could not be noted", receiver, e);
      return results.stream().map(result -> Handover.failed(e.toString())).toList();
    }
  }

  private Optional<TransactionEvent> dead(Site receiver, Result result) {
    return messages
        .find(result.message())
        .map(
            m ->
                new TransactionEvent.MessageDead(
                    m.id(), m.topic(), receiver.service(), String.valueOf(m.lastError())));
  }

  private boolean settle(Site receiver, Result result) {
    if (result.result() == MessageState.DEAD) {
      String reason = receiver.service() + " tries nothing more: " + result.reason();
      return messages.bury(result.message(), receiver.service(), reason);
    }
    return messages.settle(result.message(), receiver.service(), result.result(), result.reason());
  }

  private Handover receive(Site receiver, Result result) {
    try {
      Optional<Message> message =
          local.separate(limits.call(), () -> messages.find(result.message()));
      ReplyListener listener = message.map(m -> listeners.get(m.topic())).orElse(null);
      if (listener == null || result.result() == MessageState.DEAD) {
        return together(receiver, List.of(result)).get(0);
      }
      List<Exception> thrown = new ArrayList<>();
      traces.within(
          message.get().trace(),
          () -> {
            try {
              inform(listener, message.get(), receiver, result);
            } catch (Exception e) {
              thrown.add(e);
            }
          });
      return thrown.isEmpty() ? Handover.ACCEPTED : failed(result, thrown.get(0));
    } catch (RuntimeException | Error e) {
      return failed(result, e);
    }
  }

  private static Handover failed(Result result, Throwable e) {
    log.warn("The result of message {} could not be noted", result.message(), e);
    return Handover.failed(e.toString());
  }

  private void inform(ReplyListener listener, Message message, Site receiver, Result result)
      throws Exception {
    boolean[] first = {false};
    context.<Boolean, Exception>callIn(
        null,
        () ->
            local.<Boolean, Exception>around(
                new LocalSettings(listener.isolation(), limits.call()),
                () -> first[0] = settle(receiver, result),
                () -> {
                  if (first[0]) {
                    listener.handler().handle(message, result);
                    requireStillSettled(message, result);
                  }
                  return first[0];
                }));
  }

  /** A deadlock that was swallowed inside the listener has rolled the result back. */
  private void requireStillSettled(Message message, Result result) {
    boolean settled =
        messages.find(message.id()).filter(m -> m.state() == result.result()).isPresent();
    if (!settled) {
      throw new IllegalStateException(
          "The reply listener of topic "
              + message.topic()
              + " lost the result while it ran: the database rolled part of the work back, and the"
              + " error was swallowed");
    }
  }
}
