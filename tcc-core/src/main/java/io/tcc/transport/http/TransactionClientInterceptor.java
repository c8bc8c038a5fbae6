package io.tcc.transport.http;

import io.tcc.transport.OutgoingCall;
import io.tcc.transport.OutgoingCalls;
import java.io.IOException;
import java.util.Optional;
import java.util.function.Supplier;
import org.springframework.core.Ordered;
import org.springframework.http.HttpRequest;
import org.springframework.http.client.ClientHttpRequestExecution;
import org.springframework.http.client.ClientHttpRequestInterceptor;
import org.springframework.http.client.ClientHttpResponse;

/**
 * Takes the context along on calls of {@code RestClient} and {@code RestTemplate} to services that
 * take part. Outside of all other interceptors: it sees the address before a load balancer replaces
 * it, and one call remains one call when an inner interceptor repeats it.
 */
public final class TransactionClientInterceptor implements ClientHttpRequestInterceptor, Ordered {

  private final Supplier<OutgoingCalls> calls;

  /**
   * @param calls asked for at the first call, because clients are made early
   */
  public TransactionClientInterceptor(Supplier<OutgoingCalls> calls) {
    this.calls = calls;
  }

  @Override
  public int getOrder() {
    return HIGHEST_PRECEDENCE;
  }

  @Override
  public ClientHttpResponse intercept(
      HttpRequest request, byte[] body, ClientHttpRequestExecution execution) throws IOException {
    Optional<OutgoingCall> started = calls.get().start(request.getURI());
    if (started.isEmpty()) {
      return execution.execute(request, body);
    }
    OutgoingCall call = started.get();
    call.inject(request.getHeaders()::set);
    ClientHttpResponse response;
    try {
      response = execution.execute(request, body);
      call.answered(new HttpAnswer(response.getHeaders(), response.getStatusCode().isError()));
      return response;
    } catch (Throwable e) {
      call.unanswered("it failed with " + e);
      throw e;
    }
  }
}
