package io.tcc.transport.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tcc.door.GlobalTransactionTemplate;
import io.tcc.door.GlobalTransactions;
import io.tcc.transport.OutgoingCalls;
import java.time.Duration;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.springframework.context.annotation.Bean;
import org.springframework.jdbc.core.JdbcTemplate;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.RestController;
import org.springframework.web.client.RestClient;

@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class PurchaseTest {

  private final RunningServices services = new RunningServices("order", "inventory");
  private RunningService order;
  private RunningService inventory;

  @BeforeAll
  void start() {
    order = services.start("order", Order.class);
    inventory = services.start("inventory", Inventory.class);
  }

  @AfterAll
  void stop() {
    services.close();
  }

  static class Order {}

  static class Inventory {
    @Bean
    Shop shop(JdbcTemplate jdbc) {
      return new Shop(jdbc);
    }

    @Bean
    InventoryController controller(Shop shop) {
      return new InventoryController(shop);
    }
  }

  @RestController
  static class InventoryController {
    private final Shop shop;

    InventoryController(Shop shop) {
      this.shop = shop;
    }

    @PostMapping("/reserve")
    String reserve(@RequestParam String item, @RequestParam int amount) {
      shop.reserve(item, amount);
      return "reserved";
    }
  }

  private GlobalTransactionTemplate template() {
    return new GlobalTransactionTemplate(
        order.bean(GlobalTransactions.class), Duration.ofSeconds(20));
  }

  private RestClient client() {
    return RestClient.builder()
        .requestInterceptor(new TransactionClientInterceptor(() -> order.bean(OutgoingCalls.class)))
        .baseUrl(inventory.url())
        .build();
  }

  @Test
  void confirmed() {
    String answer =
        template()
            .execute(
                () ->
                    client()
                        .post()
                        .uri("/reserve?item=apple&amount=1")
                        .retrieve()
                        .body(String.class));
    assertThat(answer).isEqualTo("reserved");
    assertThat(inventory.bean(Shop.class).history("apple")).isEqualTo("rc");
  }

  @Test
  void cancelled() {
    assertThatThrownBy(
            () ->
                template()
                    .execute(
                        () -> {
                          client()
                              .post()
                              .uri("/reserve?item=pear&amount=1")
                              .retrieve()
                              .body(String.class);
                          throw new IllegalStateException("no");
                        }))
        .hasMessage("no");
    assertThat(inventory.bean(Shop.class).history("pear")).isEqualTo("rx");
  }
}
