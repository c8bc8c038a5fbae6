package io.tcc.wiring;

import io.tcc.context.TransactionContext;
import io.tcc.log.AuditLog;
import io.tcc.log.InboxLog;
import io.tcc.log.LocalTransactions;
import io.tcc.log.MessageLog;
import io.tcc.protocol.outbox.Carriers;
import io.tcc.protocol.outbox.Inbox;
import io.tcc.protocol.outbox.MessageStore;
import io.tcc.protocol.outbox.OutboxLimits;
import io.tcc.protocol.outbox.OutboxOperator;
import io.tcc.protocol.outbox.Relay;
import io.tcc.protocol.outbox.ReplyDesk;
import io.tcc.protocol.outbox.Topics;
import io.tcc.protocol.outbox.Traces;
import io.tcc.transaction.Events;
import io.tcc.transaction.Instance;
import io.tcc.transaction.TransactionListener;
import java.util.List;
import java.util.concurrent.Executor;
import java.util.function.DoubleSupplier;

/** One service's local message table, put together from its ports. */
public final class OutboxSystem {

  /**
   * What it is built from.
   *
   * @param chance random numbers from 0 to 1, to spread attempts
   */
  public record Ports(
      Instance instance,
      TransactionContext context,
      MessageLog messages,
      InboxLog inbox,
      AuditLog audit,
      LocalTransactions local,
      Topics topics,
      Carriers carriers,
      Traces traces,
      OutboxLimits limits,
      Executor executor,
      DoubleSupplier chance,
      List<TransactionListener> listeners) {}

  private volatile Runnable whenStored = () -> {};
  private final MessageStore store;
  private final Inbox inbox;
  private final ReplyDesk replies;
  private final Relay relay;
  private final OutboxOperator operator;

  /**
   * @param engine of the same service
   */
  public OutboxSystem(TransactionSystem engine, Ports ports) {
    Runnable wake = () -> whenStored.run();
    store =
        new MessageStore(
            ports.instance(),
            engine.births(),
            engine.handlers(),
            ports.messages(),
            ports.local(),
            ports.topics(),
            ports.traces(),
            wake);
    inbox =
        new Inbox(
            ports.instance(),
            ports.context(),
            ports.inbox(),
            ports.messages(),
            ports.local(),
            (topic, service) -> ports.carriers().of(topic).knows(service),
            ports.traces(),
            ports.limits(),
            wake);
    Events events = new Events(ports.listeners());
    replies =
        new ReplyDesk(
            ports.context(),
            ports.messages(),
            ports.local(),
            ports.traces(),
            ports.limits(),
            events);
    relay =
        new Relay(
            ports.instance(),
            ports.messages(),
            inbox,
            ports.local(),
            ports.topics(),
            ports.carriers(),
            ports.limits(),
            events,
            ports.executor(),
            ports.chance());
    operator =
        new OutboxOperator(
            ports.instance(), ports.messages(), ports.audit(), ports.local(), ports.limits(), wake);
  }

  /** Has somebody told, on the thread that ends the local transaction, that there is work. */
  public void whenStored(Runnable wake) {
    whenStored = wake;
  }

  /** Stores messages. */
  public MessageStore store() {
    return store;
  }

  /** Sends what is stored. */
  public Relay relay() {
    return relay;
  }

  /** Receives messages. */
  public Inbox inbox() {
    return inbox;
  }

  /** Receives results. */
  public ReplyDesk replies() {
    return replies;
  }

  /** What a person can see and do. */
  public OutboxOperator operator() {
    return operator;
  }
}
