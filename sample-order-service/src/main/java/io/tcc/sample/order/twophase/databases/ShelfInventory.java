package io.tcc.sample.order.twophase.databases;

import org.springframework.beans.factory.annotation.Value;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.web.bind.annotation.RequestBody;
import org.springframework.web.client.RestClient;
import org.springframework.web.client.support.RestClientAdapter;
import org.springframework.web.service.annotation.HttpExchange;
import org.springframework.web.service.annotation.PostExchange;
import org.springframework.web.service.invoker.HttpServiceProxyFactory;

/** The inventory service, as this folder sees it. */
@HttpExchange
interface ShelfInventory {

  /** Goods that a purchase asks for. */
  record Goods(String item, int quantity) {}

  @PostExchange("/shelf")
  void take(@RequestBody Goods goods);

  /** Calls it with Spring Boot's RestClient, which carries the global transaction. */
  @Configuration(proxyBeanMethods = false)
  class Client {

    @Bean
    ShelfInventory shelfInventory(
        RestClient.Builder builder, @Value("${tcc.services.inventory.url}") String url) {
      return HttpServiceProxyFactory.builderFor(
              RestClientAdapter.create(builder.baseUrl(url).build()))
          .build()
          .createClient(ShelfInventory.class);
    }
  }
}
