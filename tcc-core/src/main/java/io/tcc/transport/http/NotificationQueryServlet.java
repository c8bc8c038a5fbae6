package io.tcc.transport.http;

import io.tcc.protocol.notification.NotificationDesk;
import io.tcc.transaction.Notification;
import io.tcc.transaction.NotificationAttempt;
import io.tcc.transaction.NotificationPage;
import io.tcc.transaction.NotificationState;
import io.tcc.transport.MessageRefusedException;
import io.tcc.transport.Refusal;
import io.tcc.transport.Refusals;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.time.Clock;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Answers those who are notified: {@code POST} to the target's name, signed with the target's
 * secret like a notification, with an id that begins with {@code query_}. What it asks for is the
 * body: one notification by business type and number, or a page of them since a time. A target
 * learns of its own notifications only. To be mapped to {@code /tcc/notifications/*} or below the
 * configured path.
 */
public final class NotificationQueryServlet extends WebhookServlet {

  private static final long serialVersionUID = 1L;

  /**
   * Or else a notification that somebody has recorded would be a question with a valid signature.
   */
  private static final String ID_PREFIX = "query_";

  private static final String MESSAGE_PREFIX = "msg_";
  private static final int DEFAULT_LIMIT = 100;
  private static final int LONGEST_QUESTION = 4096;

  private final transient NotificationDesk desk;

  /**
   * @param targets by name, with what verifies their signatures
   */
  public NotificationQueryServlet(
      NotificationDesk desk,
      Map<String, WebhookSignatures> targets,
      Clock clock,
      Refusals refusals) {
    super(targets, LONGEST_QUESTION, clock, refusals);
    this.desk = desk;
  }

  /** Body of a question: type and number, or since, and whatever narrows the page. */
  record Question(
      @Nullable String type,
      @Nullable String number,
      @Nullable String since,
      @Nullable String state,
      @Nullable String after,
      @Nullable Integer limit) {}

  /** A notification, as its target is told. */
  record Item(
      String id,
      String type,
      String number,
      String state,
      String stored,
      Object data,
      @Nullable List<AttemptItem> attempts) {}

  /** An attempt, as the target is told: what went wrong inside here is not its business. */
  record AttemptItem(String at, long latencyMillis, String result, @Nullable Integer status) {}

  /**
   * Body of the answer to a question for a page; next: what to ask with for the page that follows.
   */
  record Items(List<Item> notifications, @Nullable Question next) {}

  @Override
  void answer(String target, Webhook webhook, HttpServletResponse response)
      throws IOException, MessageRefusedException {
    if (!webhook.id().startsWith(ID_PREFIX)) {
      throw malformed("The id of a question begins with " + ID_PREFIX);
    }
    Question question = question(webhook);
    if (question.since() == null) {
      one(target, question, response);
    } else {
      Replies.json(response, Replies.OK, Coordination.write(page(target, question)));
    }
  }

  private static Question question(Webhook webhook) throws MessageRefusedException {
    try {
      return NotificationJson.question(webhook.text());
    } catch (RuntimeException e) {
      throw malformed("It is no question: " + e.getMessage());
    }
  }

  private void one(String target, Question question, HttpServletResponse response)
      throws IOException, MessageRefusedException {
    Notification.Subject subject;
    try {
      subject =
          new Notification.Subject(
              Objects.requireNonNullElse(question.type(), ""),
              Objects.requireNonNullElse(question.number(), ""));
    } catch (IllegalArgumentException e) {
      throw malformed("A question names type and number, or since: " + e.getMessage());
    }
    Optional<NotificationDesk.Dossier> found = desk.find(target, subject);
    if (found.isEmpty()) {
      Replies.text(response, Replies.NOT_FOUND, "Nothing is known of " + subject);
      return;
    }
    List<AttemptItem> attempts =
        found.get().attempts().stream().map(NotificationQueryServlet::item).toList();
    Replies.json(
        response, Replies.OK, Coordination.write(item(found.get().notification(), attempts)));
  }

  private Items page(String target, Question question) throws MessageRefusedException {
    List<Notification> found;
    int limit = question.limit() == null ? DEFAULT_LIMIT : question.limit();
    try {
      found =
          desk.list(
              new NotificationPage(
                  target,
                  question.state() == null ? null : NotificationState.valueOf(question.state()),
                  Instant.parse(Objects.requireNonNull(question.since())),
                  id(question.after()),
                  limit));
    } catch (IllegalArgumentException | DateTimeException e) {
      throw malformed("A question for a page is wrong: " + e.getMessage());
    }
    Question next = null;
    if (found.size() == limit) {
      Notification last = found.get(found.size() - 1);
      next =
          new Question(
              null,
              null,
              last.created().toString(),
              question.state(),
              MESSAGE_PREFIX + last.id(),
              question.limit());
    }
    return new Items(found.stream().map(each -> item(each, null)).toList(), next);
  }

  private static @Nullable String id(@Nullable String after) {
    return after == null
        ? null
        : Notification.requireId(
            after.startsWith(MESSAGE_PREFIX) ? after.substring(MESSAGE_PREFIX.length()) : after);
  }

  private static Item item(Notification notification, @Nullable List<AttemptItem> attempts) {
    return new Item(
        MESSAGE_PREFIX + notification.id(),
        notification.subject().type(),
        notification.subject().number(),
        notification.state().name(),
        notification.created().toString(),
        NotificationJson.data(notification.body()),
        attempts);
  }

  private static AttemptItem item(NotificationAttempt attempt) {
    return new AttemptItem(
        attempt.at().toString(),
        attempt.latency().toMillis(),
        attempt.result().name(),
        attempt.status());
  }

  private static MessageRefusedException malformed(String message) {
    return new MessageRefusedException(Refusal.MALFORMED, message);
  }
}
