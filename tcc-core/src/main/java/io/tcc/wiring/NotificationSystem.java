package io.tcc.wiring;

import io.tcc.log.AuditLog;
import io.tcc.log.LocalTransactions;
import io.tcc.log.NotificationLog;
import io.tcc.log.PayloadCodec;
import io.tcc.protocol.notification.Carrier;
import io.tcc.protocol.notification.NotificationDesk;
import io.tcc.protocol.notification.NotificationLimits;
import io.tcc.protocol.notification.NotificationObserver;
import io.tcc.protocol.notification.Notifications;
import io.tcc.protocol.notification.Sender;
import io.tcc.protocol.notification.Target;
import io.tcc.transaction.Instance;
import java.util.List;
import java.util.concurrent.Executor;
import java.util.function.DoubleSupplier;

/** What notifies third parties, put together from its ports. */
public final class NotificationSystem implements AutoCloseable {

  /**
   * What it is built from.
   *
   * @param executor of the calls
   * @param chance gives numbers from 0 to 1
   */
  public record Ports(
      Instance instance,
      NotificationLog notifications,
      AuditLog audit,
      LocalTransactions local,
      PayloadCodec codec,
      Carrier carrier,
      List<Target> targets,
      NotificationLimits limits,
      List<NotificationObserver> observers,
      Executor executor,
      DoubleSupplier chance) {}

  private final Sender sender;
  private final Notifications notifications;
  private final NotificationDesk desk;

  /**
   * @param transactions the engine of the same service
   */
  public NotificationSystem(Ports ports, TransactionSystem transactions) {
    this.sender =
        new Sender(
            ports.instance(),
            ports.notifications(),
            ports.local(),
            ports.carrier(),
            ports.targets(),
            ports.limits(),
            ports.observers(),
            ports.executor(),
            ports.chance());
    this.notifications =
        new Notifications(
            transactions.births(), ports.codec(), transactions.handlers(), sender, ports.targets());
    this.desk =
        new NotificationDesk(
            ports.instance(),
            ports.notifications(),
            ports.audit(),
            ports.local(),
            ports.limits().statement());
  }

  /** Has third parties told. */
  public Notifications notifications() {
    return notifications;
  }

  /** Tells them. */
  public Sender sender() {
    return sender;
  }

  /** Answers questions. */
  public NotificationDesk desk() {
    return desk;
  }

  /** Begins no further call. */
  @Override
  public void close() {
    sender.close();
  }
}
