package io.tcc.boot;

import io.tcc.protocol.outbox.OutboxOperator;
import io.tcc.transaction.AuditEntry;
import io.tcc.transaction.Message;
import io.tcc.transaction.MessageState;
import java.security.Principal;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.actuate.endpoint.Access;
import org.springframework.boot.actuate.endpoint.InvalidEndpointRequestException;
import org.springframework.boot.actuate.endpoint.SecurityContext;
import org.springframework.boot.actuate.endpoint.annotation.Endpoint;
import org.springframework.boot.actuate.endpoint.annotation.ReadOperation;
import org.springframework.boot.actuate.endpoint.annotation.Selector;
import org.springframework.boot.actuate.endpoint.annotation.WriteOperation;

/**
 * Actuator endpoint {@code tccoutbox}: the messages of the local message table. Requeuing and
 * discarding need {@code management.endpoint.tccoutbox.access=unrestricted}. What the messages say
 * is not shown.
 */
@Endpoint(id = "tccoutbox", defaultAccess = Access.READ_ONLY)
public class OutboxEndpoint {

  private static final int DEFAULT_LIMIT = 100;

  private final OutboxOperator operator;

  OutboxEndpoint(OutboxOperator operator) {
    this.operator = operator;
  }

  /**
   * Messages in one state.
   *
   * @param held messages of global transactions that are not decided here yet
   * @param pending messages that wait to be sent
   * @param dead messages that wait for an operator
   * @param oldestPending when the oldest pending message was stored
   * @param messages those in the state that was asked for, oldest first
   */
  public record Overview(
      int held,
      int pending,
      int dead,
      @Nullable Instant oldestPending,
      List<MessageItem> messages) {}

  /**
   * A message, or a reply.
   *
   * @param about the message that it is the reply to
   * @param reason why the receiver refused it
   */
  public record MessageItem(
      String id,
      String topic,
      @Nullable String key,
      String destination,
      @Nullable String about,
      String state,
      @Nullable String reason,
      int attempts,
      @Nullable Instant nextAttempt,
      @Nullable String lastError,
      Instant stored) {}

  /** A message and what operators did to it. */
  public record Dossier(MessageItem message, List<ActionItem> actions) {}

  /** What an operator did. */
  public record ActionItem(String action, String actor, String reason, Instant at) {}

  /**
   * What an action did.
   *
   * @param done whether it did anything
   * @param explanation in plain words
   */
  public record Acted(boolean done, String explanation) {}

  /**
   * Lists messages.
   *
   * @param state of the messages; DEAD by default
   * @param limit most messages, 1 to 1000; 100 by default
   */
  @ReadOperation
  public Overview overview(@Nullable String state, @Nullable Integer limit) {
    int most = limit == null ? DEFAULT_LIMIT : limit;
    if (most < 1 || most > OutboxOperator.MAX_LISTED) {
      throw invalid("limit has to be between 1 and " + OutboxOperator.MAX_LISTED);
    }
    var size = operator.size();
    return new Overview(
        size.held(),
        size.pending(),
        size.dead(),
        size.oldestPending(),
        operator.in(state == null ? MessageState.DEAD : parse(state), most).stream()
            .map(OutboxEndpoint::item)
            .toList());
  }

  /** Tells all that is known of one message; nothing (404) if nothing is. */
  @ReadOperation
  public @Nullable Dossier message(@Selector String id) {
    requireId(id);
    return operator
        .find(id)
        .map(
            message ->
                new Dossier(
                    item(message),
                    operator.actions(id).stream().map(OutboxEndpoint::item).toList()))
        .orElse(null);
  }

  /**
   * Has a dead message sent again, or gives it up.
   *
   * @param action REQUEUE or DISCARD
   * @param actor who wants it; the authenticated user where there is one
   * @param reason why
   */
  @WriteOperation
  public Acted act(
      SecurityContext security,
      @Selector String id,
      String action,
      @Nullable String actor,
      String reason) {
    requireId(id);
    Principal user = security.getPrincipal();
    String who = user == null ? actor : user.getName();
    if (who == null) {
      throw invalid("nobody is logged in, so actor has to say who this is");
    }
    try {
      return switch (action.toUpperCase(Locale.ROOT)) {
        case "REQUEUE" ->
            operator.requeue(id, who, reason)
                ? new Acted(true, "It is sent again. The audit has an entry for it.")
                : new Acted(false, "There is nothing to requeue: it is unknown, or has a result.");
        case "DISCARD" ->
            operator.discard(id, who, reason)
                ? new Acted(true, "It is given up. The audit has an entry for it.")
                : new Acted(false, "There is nothing to discard: only a dead message can be.");
        default -> throw invalid("action has to be REQUEUE or DISCARD");
      };
    } catch (IllegalArgumentException e) {
      throw invalid(String.valueOf(e.getMessage()));
    }
  }

  private static void requireId(String id) {
    try {
      Message.requireId(id);
    } catch (IllegalArgumentException e) {
      throw invalid(String.valueOf(e.getMessage()));
    }
  }

  private static MessageState parse(String state) {
    return Arrays.stream(MessageState.values())
        .filter(each -> each.name().equalsIgnoreCase(state))
        .findFirst()
        .orElseThrow(
            () -> invalid("state has to be one of " + Arrays.toString(MessageState.values())));
  }

  private static InvalidEndpointRequestException invalid(String message) {
    return new InvalidEndpointRequestException(message, message);
  }

  private static MessageItem item(Message message) {
    return new MessageItem(
        message.id(),
        message.topic(),
        message.key(),
        message.destination().service(),
        message.about(),
        message.state().name(),
        message.reason(),
        message.attempts(),
        message.nextAttempt(),
        message.lastError(),
        message.stored());
  }

  private static ActionItem item(AuditEntry entry) {
    return new ActionItem(entry.action(), entry.actor(), entry.reason(), entry.at());
  }
}
