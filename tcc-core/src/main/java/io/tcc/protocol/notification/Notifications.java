package io.tcc.protocol.notification;

import io.tcc.context.Frame;
import io.tcc.context.TransactionContext;
import io.tcc.log.LocalSettings;
import io.tcc.log.LocalTransactions;
import io.tcc.log.PayloadCodec;
import io.tcc.participant.BranchHandler;
import io.tcc.participant.BranchHandlers;
import io.tcc.participant.BranchWork;
import io.tcc.transaction.Notification.Subject;
import io.tcc.transaction.TransactionUsageException;
import io.tcc.transaction.Work;
import java.lang.reflect.Type;
import java.util.Collection;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Has third parties told of what the current local transaction changes; {@link
 * io.tcc.protocol.notification.Sender} tells them once it has committed. Inside a global
 * transaction a notification is a branch: it is held until the outcome, then told or forgotten.
 */
public final class Notifications {

  private static final Logger log = LoggerFactory.getLogger(Notifications.class);

  private final TransactionContext context;
  private final LocalTransactions local;
  private final PayloadCodec codec;
  private final BranchWork work;
  private final Sender sender;
  private final Map<String, BranchHandler> byTarget;

  /**
   * @param handlers to which the branches of each target are added
   */
  public Notifications(
      TransactionContext context,
      LocalTransactions local,
      PayloadCodec codec,
      BranchWork work,
      BranchHandlers handlers,
      Sender sender,
      Collection<Target> targets) {
    this.context = context;
    this.local = local;
    this.codec = codec;
    this.work = work;
    this.sender = sender;
    this.byTarget =
        targets.stream()
            .collect(
                Collectors.toUnmodifiableMap(
                    Target::name,
                    target -> new NotificationHandler(target.name(), sender, codec)));
    byTarget.values().forEach(handlers::add);
  }

  /** Whether a target is configured. */
  public boolean knows(String target) {
    return byTarget.containsKey(target);
  }

  /**
   * Has a target told, for several notifications in one method.
   *
   * @param target who, by the name in the configuration
   * @param subject what about; both parts together are told once to a target
   * @param declared the declared type of the data
   * @param data what
   * @return false if the target is told of that subject already; nothing was stored
   * @throws TransactionUsageException if there is no local transaction
   * @throws io.tcc.log.PayloadException if the data cannot be stored
   */
  public boolean tell(String target, Subject subject, Type declared, Object data) {
    if (needsBranch()) {
      Told told = new Told(subject, declared, data);
      return asBranch(target, LocalSettings.DEFAULT_ISOLATION, () -> true, any -> told);
    }
    return store(target, new Told(subject, declared, data));
  }

  /**
   * Whether what is told now needs a local transaction of its own, as a branch of the current
   * global transaction.
   */
  public boolean needsBranch() {
    return context.current().isPresent() && !local.active();
  }

  /**
   * Runs work as a branch of the current global transaction, and holds what is to be told of its
   * result until the outcome.
   *
   * @param isolation of the local transaction, see {@link LocalSettings#isolation()}
   * @param told what to tell of the result; null for nothing
   * @throws X what the work threw; nothing of it remains
   */
  public <T extends @Nullable Object, X extends Throwable> T asBranch(
      String target, int isolation, Work<T, X> work, Function<T, @Nullable Told> told) throws X {
    Frame frame = context.current().orElseThrow();
    return this.work.execute(
        frame,
        handler(target),
        Told.NOTHING,
        isolation,
        work,
        result -> {
          Told toTell = told.apply(result);
          return toTell == null ? Told.NOTHING : toTell.body(codec);
        });
  }

  /**
   * Has a target told, in the current local transaction.
   *
   * @return false if it is told of that subject already
   * @throws TransactionUsageException if there is no local transaction
   */
  public boolean store(String target, Told told) {
    BranchHandler handler = handler(target);
    Frame frame = context.current().orElse(null);
    if (!local.active()) {
      throw new TransactionUsageException(
          null,
          "A notification of "
              + target
              + " ("
              + told.subject()
              + ") has no local transaction to be stored in: what it tells could be lost, or never"
              + " happen. Put @Transactional on the method",
          null);
    }
    local.requireOurs();
    String body = told.body(codec);
    if (frame != null) {
      return hold(frame, handler, told, body);
    }
    boolean stored = sender.store(target, told.subject(), body);
    if (!stored) {
      log.debug("{} is told of {} already", target, told.subject());
    }
    return stored;
  }

  private boolean hold(Frame frame, BranchHandler handler, Told told, String body) {
    throw new TransactionUsageException(
        frame.transaction().xid(), handler.participant() + told + body, null);
  }

  private BranchHandler handler(String target) {
    BranchHandler handler = byTarget.get(target);
    if (handler == null) {
      throw new IllegalArgumentException(
          "There is no target " + target + ": set tcc.notification.targets." + target + ".url");
    }
    return handler;
  }
}
