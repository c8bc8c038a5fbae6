package io.tcc.transport.http;

import io.tcc.transport.OutgoingCalls;
import java.util.List;
import java.util.function.Supplier;
import org.springframework.beans.factory.config.BeanPostProcessor;
import org.springframework.web.reactive.function.client.ExchangeFilterFunction;
import org.springframework.web.reactive.function.client.WebClient;

/**
 * Gives every {@code WebClient} and {@code WebClient.Builder} bean the {@link
 * TransactionExchangeFilter}, once, as the outermost filter. Clients that are no beans get it by
 * the methods of this class, or not at all.
 */
public final class WebClientInstrumentation implements BeanPostProcessor {

  private final TransactionExchangeFilter filter;

  /**
   * @param calls asked for at the first call
   */
  public WebClientInstrumentation(Supplier<OutgoingCalls> calls) {
    this.filter = new TransactionExchangeFilter(calls);
  }

  @Override
  public Object postProcessAfterInitialization(Object bean, String beanName) {
    if (bean instanceof WebClient client) {
      return instrument(client);
    }
    if (bean instanceof WebClient.Builder builder) {
      instrument(builder);
    }
    return bean;
  }

  /** Adds the filter to a builder that has none. */
  public void instrument(WebClient.Builder builder) {
    builder.filters(this::add);
  }

  /** The client with the filter; the same one if it had it. */
  public WebClient instrument(WebClient client) {
    boolean[] added = {false};
    WebClient.Builder builder = client.mutate().filters(filters -> added[0] = add(filters));
    return added[0] ? builder.build() : client;
  }

  private boolean add(List<ExchangeFilterFunction> filters) {
    if (filters.stream().anyMatch(TransactionExchangeFilter.class::isInstance)) {
      return false;
    }
    filters.add(0, filter);
    return true;
  }
}
