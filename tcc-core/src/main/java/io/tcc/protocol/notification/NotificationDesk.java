package io.tcc.protocol.notification;

import io.tcc.log.AuditLog;
import io.tcc.log.LocalTransactions;
import io.tcc.log.NotificationLog;
import io.tcc.transaction.AuditEntry;
import io.tcc.transaction.Instance;
import io.tcc.transaction.Notification;
import io.tcc.transaction.NotificationAttempt;
import io.tcc.transaction.NotificationPage;
import io.tcc.transaction.NotificationState;
import io.tcc.transaction.Xid;
import java.time.Duration;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Answers questions about notifications, those of the third parties and those of operators, and has
 * one told again by hand.
 */
public final class NotificationDesk {

  /** Most items that one list holds. */
  public static final int MAX_LISTED = 1000;

  /** Most attempts that are shown of one notification, the latest. */
  public static final int MAX_ATTEMPTS = 100;

  private static final String RESEND = "RESEND";

  private final Instance instance;
  private final NotificationLog notifications;
  private final AuditLog audit;
  private final LocalTransactions local;
  private final Duration limit;

  /**
   * @param limit longest wait for one statement or lock
   */
  public NotificationDesk(
      Instance instance,
      NotificationLog notifications,
      AuditLog audit,
      LocalTransactions local,
      Duration limit) {
    this.instance = instance;
    this.notifications = notifications;
    this.audit = audit;
    this.local = local;
    this.limit = limit;
  }

  /** A notification, its attempts, and what operators did. */
  public record Dossier(
      Notification notification, List<NotificationAttempt> attempts, List<AuditEntry> actions) {
    public Dossier {
      attempts = List.copyOf(attempts);
      actions = List.copyOf(actions);
    }
  }

  /** What is known of a subject that a target is told of. */
  public Optional<Dossier> find(String target, Notification.Subject subject) {
    return local.separate(limit, () -> notifications.find(target, subject).map(this::dossier));
  }

  /** What is known of a notification. */
  public Optional<Dossier> find(String id) {
    return local.separate(limit, () -> notifications.find(id).map(this::dossier));
  }

  private Dossier dossier(Notification notification) {
    return new Dossier(
        notification,
        notifications.attempts(notification.id(), MAX_ATTEMPTS),
        audit.of(subject(notification.id())));
  }

  /**
   * A page of notifications, in the order in which they were stored. A local transaction may take a
   * while to commit: whoever asks for what came since a time lets that time overlap.
   *
   * @throws IllegalArgumentException if the page is to hold more than {@link #MAX_LISTED}
   */
  public List<Notification> list(NotificationPage page) {
    if (page.limit() < 1 || page.limit() > MAX_LISTED) {
      throw new IllegalArgumentException(
          "A list has 1 to " + MAX_LISTED + " items, not " + page.limit());
    }
    return local.separate(limit, () -> notifications.list(page));
  }

  /** How many notifications are in each state. */
  public Map<NotificationState, Integer> count() {
    return local.separate(
        limit,
        () -> {
          Map<NotificationState, Integer> counts = new EnumMap<>(NotificationState.class);
          for (NotificationState state : NotificationState.values()) {
            counts.put(state, notifications.count(state));
          }
          return counts;
        });
  }

  /**
   * Has a notification told again, whatever its state, with its schedule starting anew. The next
   * pass takes it.
   *
   * @param actor who wants it, for the audit
   * @param reason why, for the audit
   * @return false if there is no such notification; nothing is noted then
   * @throws IllegalArgumentException if the actor or the reason is blank or too long
   */
  public boolean resend(String id, String actor, String reason) {
    AuditEntry entry =
        new AuditEntry(
            instance.identifiers().next(),
            subject(id),
            RESEND,
            actor,
            reason,
            instance.clock().instant());
    return local.separate(
        limit,
        () -> {
          boolean again = notifications.resend(id, entry.at());
          if (again) {
            audit.append(entry);
          }
          return again;
        });
  }

  /** The audit knows what was acted upon by 128 bits, of whatever kind it is. */
  private static Xid subject(String id) {
    return new Xid(Notification.requireId(id));
  }
}
