package io.tcc.transport.http;

import io.tcc.transport.OutgoingCalls;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;
import org.springframework.beans.factory.config.BeanPostProcessor;
import org.springframework.http.client.ClientHttpRequestInterceptor;
import org.springframework.web.client.RestClient;
import org.springframework.web.client.RestTemplate;

/**
 * Gives every {@code RestClient}, {@code RestClient.Builder} and {@code RestTemplate} bean the
 * {@link TransactionClientInterceptor}, once, as the outermost interceptor. Clients that are no
 * beans get it by the methods of this class, or not at all.
 */
public final class RestClientInstrumentation implements BeanPostProcessor {

  private final TransactionClientInterceptor interceptor;

  /**
   * @param calls asked for at the first call
   */
  public RestClientInstrumentation(Supplier<OutgoingCalls> calls) {
    this.interceptor = new TransactionClientInterceptor(calls);
  }

  @Override
  public Object postProcessAfterInitialization(Object bean, String beanName) {
    if (bean instanceof RestClient client) {
      return instrument(client);
    }
    if (bean instanceof RestClient.Builder builder) {
      instrument(builder);
    } else if (bean instanceof RestTemplate template) {
      instrument(template);
    }
    return bean;
  }

  /** Adds the interceptor to a builder that has none. */
  public void instrument(RestClient.Builder builder) {
    builder.requestInterceptors(this::add);
  }

  /** Adds the interceptor to a template that has none. */
  public void instrument(RestTemplate template) {
    List<ClientHttpRequestInterceptor> interceptors = new ArrayList<>(template.getInterceptors());
    if (add(interceptors)) {
      template.setInterceptors(interceptors);
    }
  }

  /** The client with the interceptor; the same one if it had it. */
  public RestClient instrument(RestClient client) {
    boolean[] added = {false};
    RestClient.Builder builder =
        client.mutate().requestInterceptors(interceptors -> added[0] = add(interceptors));
    return added[0] ? builder.build() : client;
  }

  private boolean add(List<ClientHttpRequestInterceptor> interceptors) {
    if (interceptors.stream().anyMatch(TransactionClientInterceptor.class::isInstance)) {
      return false;
    }
    interceptors.add(0, interceptor);
    return true;
  }
}
