package io.tcc.transport.http;

import io.tcc.protocol.outbox.Carrier;
import io.tcc.protocol.outbox.Handover;
import io.tcc.protocol.outbox.Parcel;
import io.tcc.protocol.outbox.Result;
import io.tcc.transaction.Site;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.function.Function;

/**
 * Carries messages from service to service over HTTP, signed as all coordination calls are. A call
 * that would be too long is split. What is not in a receipt for exactly what was sent is not
 * accepted.
 */
public final class MailCarrier implements Carrier {

  private final HttpPeers peers;

  public MailCarrier(HttpPeers peers) {
    this.peers = peers;
  }

  @Override
  public boolean knows(String service) {
    return peers.knows(service);
  }

  @Override
  public CompletableFuture<List<Handover>> deliver(
      String destination, List<Parcel> parcels, Duration limit) {
    return send(
        Site.ofUnknownLog(destination),
        Mail.DELIVER,
        parcels,
        part -> Mail.Delivery.of(part, Math.min(Mail.LONGEST_WAIT_MS, limit.toMillis())),
        Parcel::id,
        limit);
  }

  @Override
  public CompletableFuture<List<Handover>> report(
      Site sender, List<Result> results, Duration limit) {
    return send(sender, Mail.REPLY, results, Mail.Report::of, Result::message, limit);
  }

  private <T> CompletableFuture<List<Handover>> send(
      Site to,
      String operation,
      List<T> items,
      Function<List<T>, Object> body,
      Function<T, String> id,
      Duration limit) {
    Object whole = body.apply(items);
    if (Coordination.write(whole).length > peers.longestBody()) {
      if (items.size() == 1) {
        return CompletableFuture.completedFuture(
            List.of(
                Handover.failed(
                    "it is longer than the " + peers.longestBody() + " bytes of a call")));
      }
      int half = items.size() / 2;
      return send(to, operation, items.subList(0, half), body, id, limit.dividedBy(2))
          .thenCompose(
              first ->
                  second(first, to, operation, items.subList(half, items.size()), body, id, limit)
                      .thenApply(second -> joined(first, second)));
    }
    List<String> ids = items.stream().map(id).toList();
    return peers.post(
        to,
        operation,
        whole,
        limit,
        response -> handovers(ids, response),
        why -> ids.stream().map(each -> Handover.failed(why)).toList());
  }

  /** Nothing overtakes what was not accepted. */
  private <T> CompletableFuture<List<Handover>> second(
      List<Handover> first,
      Site to,
      String operation,
      List<T> items,
      Function<List<T>, Object> body,
      Function<T, String> id,
      Duration limit) {
    return first.stream().allMatch(each -> each.kind() == Handover.Kind.ACCEPTED)
        ? send(to, operation, items, body, id, limit.dividedBy(2))
        : CompletableFuture.completedFuture(
            items.stream().map(each -> Handover.notTried("an earlier part failed")).toList());
  }

  private static List<Handover> handovers(List<String> ids, HttpResponse<byte[]> response) {
    if (response.statusCode() != Replies.OK) {
      String why = HttpPeers.described(response);
      return ids.stream().map(each -> Handover.failed(why)).toList();
    }
    return Coordination.read(response.body(), Mail.Receipt.class).of(ids);
  }

  private static List<Handover> joined(List<Handover> first, List<Handover> second) {
    List<Handover> all = new ArrayList<>(first);
    all.addAll(second);
    return all;
  }
}
