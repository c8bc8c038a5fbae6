package io.tcc.transport.http;

import io.tcc.protocol.notification.Acknowledgement;
import io.tcc.protocol.notification.NotificationReceiver;
import io.tcc.transport.MessageRefusedException;
import io.tcc.transport.Refusal;
import io.tcc.transport.Refusals;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.time.Clock;
import java.util.Map;

/**
 * Takes notifications of other parties: {@code POST} to the source's name. 200 and {@code success}
 * acknowledge, now or again; 4xx is refused and 503 is to be sent again. To be mapped to {@code
 * /tcc/notify/*} or below the configured path.
 */
public final class NotificationServlet extends WebhookServlet {

  private static final long serialVersionUID = 1L;

  private final transient NotificationReceiver receiver;

  /**
   * @param sources by name, with what verifies their signatures
   * @param limit largest body, in bytes
   */
  public NotificationServlet(
      NotificationReceiver receiver,
      Map<String, WebhookSignatures> sources,
      int limit,
      Clock clock,
      Refusals refusals) {
    super(sources, limit, clock, refusals);
    this.receiver = receiver;
  }

  @Override
  void answer(String source, Webhook webhook, HttpServletResponse response)
      throws IOException, MessageRefusedException {
    switch (receiver.receive(source, webhook.id(), webhook.text())) {
      case TAKEN -> Replies.text(response, Replies.OK, Acknowledgement.SUCCESS);
      case FAILED -> Replies.text(response, Replies.UNAVAILABLE, "It is to be sent again");
      case UNKNOWN ->
          throw new MessageRefusedException(Refusal.MALFORMED, "Nobody listens to its type");
      case MALFORMED ->
          throw new MessageRefusedException(
              Refusal.MALFORMED, "Its body has not the type, number and data that are expected");
    }
  }
}
