package io.tcc.protocol.notification;

import io.tcc.log.PayloadCodec;
import io.tcc.participant.Births;
import io.tcc.participant.BranchHandler;
import io.tcc.participant.BranchHandlers;
import java.util.Collection;
import java.util.Map;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Has third parties told of what the current local transaction changes; {@link Sender} tells them
 * once it has committed. Inside a global transaction a notification is a branch: it is held until
 * the outcome, then told or forgotten.
 */
public final class Notifications {

  private static final Logger log = LoggerFactory.getLogger(Notifications.class);

  private final Births births;
  private final PayloadCodec codec;
  private final Sender sender;
  private final Map<String, BranchHandler> byTarget;

  /**
   * @param handlers to which the branches of each target are added
   */
  public Notifications(
      Births births,
      PayloadCodec codec,
      BranchHandlers handlers,
      Sender sender,
      Collection<Target> targets) {
    this.births = births;
    this.codec = codec;
    this.sender = sender;
    this.byTarget =
        targets.stream()
            .collect(
                Collectors.toUnmodifiableMap(
                    Target::name, target -> new NotificationHandler(target.name(), sender, codec)));
    byTarget.values().forEach(handlers::add);
  }

  /** Whether a target is configured. */
  public boolean knows(String target) {
    return byTarget.containsKey(target);
  }

  /**
   * Has a target told; for several notifications in one method, and where there is no annotation.
   *
   * @param target who, by the name in the configuration
   * @param told what
   * @return false if the target is told of that subject already: nothing was stored. Of what is
   *     held by a global transaction, that turns out when it commits
   * @throws io.tcc.transaction.TransactionUsageException if there is no local transaction in which
   *     it can be stored
   * @throws io.tcc.log.PayloadException if the data cannot be stored
   * @throws IllegalArgumentException if there is no such target
   */
  public boolean tell(String target, Told told) {
    BranchHandler handler = handler(target);
    String body = told.body(codec);
    boolean stored =
        births.store(
            "A notification of " + target + " about " + told.subject(),
            handler,
            body,
            held -> held || sender.store(target, told.subject(), body));
    if (!stored) {
      log.debug("{} is told of {} already", target, told.subject());
    }
    return stored;
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
