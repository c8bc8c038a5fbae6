package io.tcc.sample.order.tcc;

import org.springframework.beans.factory.annotation.Value;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.web.client.RestClient;
import org.springframework.web.client.support.RestClientAdapter;
import org.springframework.web.service.invoker.HttpServiceProxyFactory;

/** Calls the inventory with Spring Boot's RestClient, which carries the global transaction. */
@Configuration(proxyBeanMethods = false)
class InventoryClient {

  @Bean
  Inventory inventory(
      RestClient.Builder builder, @Value("${tcc.services.inventory.url}") String url) {
    RestClient client = builder.baseUrl(url).build();
    return HttpServiceProxyFactory.builderFor(RestClientAdapter.create(client))
        .build()
        .createClient(Inventory.class);
  }
}
