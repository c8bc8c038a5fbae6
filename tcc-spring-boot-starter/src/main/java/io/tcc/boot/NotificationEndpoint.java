package io.tcc.boot;

import io.tcc.protocol.notification.NotificationDesk;
import io.tcc.transaction.AuditEntry;
import io.tcc.transaction.Notification;
import io.tcc.transaction.NotificationAttempt;
import io.tcc.transaction.NotificationPage;
import io.tcc.transaction.NotificationState;
import java.security.Principal;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.actuate.endpoint.Access;
import org.springframework.boot.actuate.endpoint.InvalidEndpointRequestException;
import org.springframework.boot.actuate.endpoint.SecurityContext;
import org.springframework.boot.actuate.endpoint.annotation.Endpoint;
import org.springframework.boot.actuate.endpoint.annotation.ReadOperation;
import org.springframework.boot.actuate.endpoint.annotation.Selector;
import org.springframework.boot.actuate.endpoint.annotation.WriteOperation;

/**
 * Actuator endpoint {@code tccnotifications}: which third parties were not told of what, and why.
 * Having one told again needs {@code management.endpoint.tccnotifications.access=unrestricted}.
 * What they are told is not shown.
 */
@Endpoint(id = "tccnotifications", defaultAccess = Access.READ_ONLY)
public class NotificationEndpoint {

  private static final int DEFAULT_LIMIT = 100;

  private final NotificationDesk desk;

  NotificationEndpoint(NotificationDesk desk) {
    this.desk = desk;
  }

  /**
   * Notifications that are not delivered.
   *
   * @param count how many there are in each state, listed or not
   * @param notifications in the order in which they were stored
   * @param next the id to ask with for the page that follows, after that time; null if this is the
   *     last
   */
  public record Overview(
      Map<NotificationState, Integer> count, List<Item> notifications, @Nullable Next next) {}

  /** Where a page begins. */
  public record Next(Instant since, String after) {}

  /** A notification. */
  public record Item(
      String id,
      String target,
      String type,
      String number,
      String state,
      int failures,
      Instant stored,
      Instant nextAttempt,
      @Nullable String lastError) {}

  /** All that is known of one notification. */
  public record Dossier(Item notification, List<AttemptItem> attempts, List<ActionItem> actions) {}

  /** An attempt. */
  public record AttemptItem(
      Instant at,
      long latencyMillis,
      String result,
      @Nullable Integer status,
      @Nullable String answer,
      @Nullable String error) {}

  /** What an operator did. */
  public record ActionItem(String action, String actor, String reason, Instant at) {}

  /**
   * Lists notifications.
   *
   * @param state of which state; GIVEN_UP by default
   * @param since stored at that time or later; all by default
   * @param after with since, the id of the last one of the page before
   * @param limit most items, 1 to 1000; 100 by default
   */
  @ReadOperation
  public Overview overview(
      @Nullable NotificationState state,
      @Nullable Instant since,
      @Nullable String after,
      @Nullable Integer limit) {
    int most = limit == null ? DEFAULT_LIMIT : limit;
    try {
      List<Notification> found =
          desk.list(
              new NotificationPage(
                  null,
                  state == null ? NotificationState.GIVEN_UP : state,
                  since == null ? Instant.EPOCH : since,
                  after == null ? null : Notification.requireId(after),
                  most));
      Notification last = found.size() == most ? found.get(most - 1) : null;
      return new Overview(
          desk.count(),
          found.stream().map(NotificationEndpoint::item).toList(),
          last == null ? null : new Next(last.created(), last.id()));
    } catch (IllegalArgumentException e) {
      throw invalid(e);
    }
  }

  /** Tells all that is known of one notification; nothing (404) if nothing is. */
  @ReadOperation
  public @Nullable Dossier notification(@Selector String id) {
    try {
      return desk.find(id).map(NotificationEndpoint::dossier).orElse(null);
    } catch (IllegalArgumentException e) {
      throw invalid(e);
    }
  }

  /**
   * Has a notification told again.
   *
   * @param actor who wants it; the authenticated user, where there is one
   * @param reason why
   * @return nothing (404) if there is no such notification
   */
  @WriteOperation
  public @Nullable Dossier resend(
      SecurityContext security, @Selector String id, @Nullable String actor, String reason) {
    Principal principal = security.getPrincipal();
    String who = principal == null ? actor : principal.getName();
    try {
      if (!desk.resend(id, who == null ? "" : who, reason)) {
        return null;
      }
    } catch (IllegalArgumentException e) {
      throw invalid(e);
    }
    return notification(id);
  }

  private static Dossier dossier(NotificationDesk.Dossier found) {
    return new Dossier(
        item(found.notification()),
        found.attempts().stream().map(NotificationEndpoint::item).toList(),
        found.actions().stream().map(NotificationEndpoint::item).toList());
  }

  private static Item item(Notification notification) {
    return new Item(
        notification.id(),
        notification.target(),
        notification.subject().type(),
        notification.subject().number(),
        notification.state().name(),
        notification.failures(),
        notification.created(),
        notification.nextAttempt(),
        notification.lastError());
  }

  private static AttemptItem item(NotificationAttempt attempt) {
    return new AttemptItem(
        attempt.at(),
        attempt.latency().toMillis(),
        attempt.result().name(),
        attempt.status(),
        attempt.answer(),
        attempt.error());
  }

  private static ActionItem item(AuditEntry entry) {
    return new ActionItem(entry.action(), entry.actor(), entry.reason(), entry.at());
  }

  private static InvalidEndpointRequestException invalid(IllegalArgumentException e) {
    String reason = String.valueOf(e.getMessage());
    return new InvalidEndpointRequestException(reason, reason);
  }
}
