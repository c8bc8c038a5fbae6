package io.tcc.transport.http;

import io.tcc.context.Frame;
import io.tcc.transport.OutgoingCall;
import io.tcc.transport.OutgoingCalls;
import java.util.Optional;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.springframework.web.reactive.function.client.ClientRequest;
import org.springframework.web.reactive.function.client.ClientResponse;
import org.springframework.web.reactive.function.client.ExchangeFilterFunction;
import org.springframework.web.reactive.function.client.ExchangeFunction;
import reactor.core.publisher.Mono;
import reactor.util.context.ContextView;

/**
 * Takes the context along on calls of {@code WebClient} to services that take part. Outside of all
 * other filters, for the reasons of {@link TransactionClientInterceptor}.
 *
 * <p>The call belongs to the transaction of the thread that subscribes, or to the one that context
 * propagation put into Reactor's context. It is bounded by the time left for the transaction.
 */
public final class TransactionExchangeFilter implements ExchangeFilterFunction {

  private final Supplier<OutgoingCalls> calls;

  /**
   * @param calls asked for at the first call, because clients are made early
   */
  public TransactionExchangeFilter(Supplier<OutgoingCalls> calls) {
    this.calls = calls;
  }

  @Override
  public Mono<ClientResponse> filter(ClientRequest request, ExchangeFunction next) {
    return Mono.deferContextual(
        view -> {
          Optional<OutgoingCall> started = start(request, view);
          return started.isPresent()
              ? exchange(started.get(), request, next)
              : next.exchange(request);
        });
  }

  private Optional<OutgoingCall> start(ClientRequest request, ContextView view) {
    OutgoingCalls outgoing = calls.get();
    @Nullable Frame carried = view.<Frame>getOrDefault(outgoing.context(), null);
    return carried == null ? outgoing.start(request.url()) : outgoing.start(carried, request.url());
  }

  private static Mono<ClientResponse> exchange(
      OutgoingCall call, ClientRequest request, ExchangeFunction next) {
    ClientRequest.Builder with = ClientRequest.from(request);
    call.inject((name, value) -> with.headers(headers -> headers.set(name, value)));
    return next.exchange(with.build())
        .doOnNext(
            response ->
                call.answered(
                    new HttpAnswer(
                        response.headers().asHttpHeaders(), response.statusCode().isError())))
        .doOnError(e -> call.unanswered("it failed with " + e))
        .doFinally(signal -> call.unanswered("it ended before there was an answer"))
        .timeout(call.left());
  }
}
