package io.tcc.transport.http;

import io.tcc.protocol.outbox.Handover;
import io.tcc.protocol.outbox.Inbox;
import io.tcc.protocol.outbox.Parcel;
import io.tcc.transaction.Site;
import java.time.Duration;
import java.util.List;

/**
 * Takes messages of other services: {@code /deliver}. The answer, always 200, says for each whether
 * it is taken over.
 */
public final class DeliveryEndpoint implements CoordinationEndpoint<DeliveryEndpoint.Delivery> {

  private final Inbox inbox;

  public DeliveryEndpoint(Inbox inbox) {
    this.inbox = inbox;
  }

  /**
   * Messages of one sender.
   *
   * @param within how long it waits for the answer
   */
  public record Delivery(Site sender, List<Parcel> parcels, Duration within) {
    public Delivery {
      parcels = List.copyOf(parcels);
    }
  }

  @Override
  public String operation() {
    return Mail.DELIVER;
  }

  @Override
  public Delivery read(CoordinationCall call) {
    Mail.Delivery body = call.body(Mail.Delivery.class);
    return new Delivery(call.fromLog(), body.toParcels(), Duration.ofMillis(body.within()));
  }

  @Override
  public CoordinationReply answer(Delivery delivery) {
    List<Handover> handovers =
        inbox.receive(delivery.sender(), delivery.parcels(), delivery.within());
    List<String> ids = delivery.parcels().stream().map(Parcel::id).toList();
    return new CoordinationReply(Replies.OK, Mail.Receipt.of(ids, handovers));
  }
}
