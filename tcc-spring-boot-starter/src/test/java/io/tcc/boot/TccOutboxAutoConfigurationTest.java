package io.tcc.boot;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.tcc.annotation.Outbox;
import io.tcc.annotation.OutboxListener;
import io.tcc.annotation.OutboxReply;
import io.tcc.door.OutboxTemplate;
import io.tcc.protocol.outbox.Relay;
import io.tcc.transaction.MessageRejectedException;
import io.tcc.transaction.MessageResult;
import io.tcc.wiring.OutboxSystem;
import io.tcc.wiring.RelayLoop;
import java.io.IOException;
import java.net.ServerSocket;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.Test;
import org.springframework.boot.WebApplicationType;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Import;
import org.springframework.jdbc.core.JdbcTemplate;
import org.springframework.transaction.annotation.Transactional;
import org.springframework.transaction.support.TransactionTemplate;

/** What an application gets of the local message table. */
class TccOutboxAutoConfigurationTest {

  record Purchase(String item) {}

  /** Sends to itself. */
  static class Shop {
    private final List<String> heard = new CopyOnWriteArrayList<>();
    private final List<String> threads = new CopyOnWriteArrayList<>();

    public List<String> heard() {
      return heard;
    }

    public List<String> threads() {
      return threads;
    }

    @Transactional
    @Outbox(topic = "purchases")
    public Purchase buy(String item) {
      return new Purchase(item);
    }

    @OutboxListener(topic = "purchases")
    public void take(Purchase purchase) {
      threads.add(Thread.currentThread().getName());
      heard.add("take " + purchase.item());
      if (purchase.item().equals("unicorn")) {
        throw new MessageRejectedException("there are none");
      }
    }

    @OutboxReply(topic = "purchases")
    public void told(Purchase purchase, MessageResult result) {
      heard.add(purchase.item() + " " + result.consumed());
    }
  }

  @Configuration(proxyBeanMethods = false)
  @EnableAutoConfiguration
  @Import(Shop.class)
  static class Application {
    @Bean
    MeterRegistry meters() {
      return new SimpleMeterRegistry();
    }
  }

  private static ConfigurableApplicationContext run() throws IOException {
    int port;
    try (ServerSocket socket = new ServerSocket(0)) {
      port = socket.getLocalPort();
    }
    return new SpringApplicationBuilder(Application.class)
        .web(WebApplicationType.SERVLET)
        .properties(
            Map.of(
                "server.port", port,
                "spring.application.name", "shop",
                "spring.datasource.generate-unique-name", "true",
                "tcc.services.shop.url", "http://localhost:" + port,
                "tcc.outbox.topics.purchases.to", "shop",
                "tcc.outbox.relay.interval", "1h",
                // Not the level of the log: other tests of this JVM look at what is logged.
                "spring.main.banner-mode", "off"))
        .run();
  }

  @Test
  void aMessageIsSentRightAfterTheCommitByAnotherThreadAndItsResultComesBack() throws Exception {
    try (ConfigurableApplicationContext context = run()) {
      Shop shop = context.getBean(Shop.class);
      shop.buy("book");
      shop.buy("unicorn");

      JdbcTemplate sql = context.getBean(JdbcTemplate.class);
      await()
          .atMost(Duration.ofSeconds(20))
          .untilAsserted(
              () ->
                  assertThat(
                          sql.queryForList(
                              "select state from tcc_message where about is null order by sequence",
                              String.class))
                      .containsExactly("CONSUMED", "REJECTED"));
      assertThat(shop.heard())
          .containsExactlyInAnyOrder("take book", "book true", "take unicorn", "unicorn false");
      assertThat(shop.threads()).doesNotContain(Thread.currentThread().getName());
      MeterRegistry meters = context.getBean(MeterRegistry.class);
      await()
          .atMost(Duration.ofSeconds(20))
          .until(() -> meters.get("tcc.outbox.pending").gauge().value() == 0);
      assertThat(meters.get("tcc.outbox.oldest").gauge().value()).isZero();
    }
  }

  private final ApplicationContextRunner application = Applications.plain();

  @Test
  void withoutTopicsItRunsAndCanBeSwitchedOff() {
    application.run(
        context -> {
          assertThat(context.getBean(RelayLoop.class).isRunning()).isTrue();
          assertThat(context).hasSingleBean(OutboxTemplate.class);
        });
    application
        .withPropertyValues("tcc.outbox.enabled=false")
        .run(context -> assertThat(context).doesNotHaveBean(OutboxSystem.class));
    application
        .withPropertyValues("tcc.outbox.relay.enabled=false")
        .run(context -> assertThat(context).doesNotHaveBean(RelayLoop.class));
  }

  @Test
  void propertiesThatCannotBeAreRefused() {
    refused("tcc.outbox.topics.purchases.to=", "tcc.outbox.topics.purchases.to");
    refused("tcc.outbox.topics.purchases.to=no service", "tcc.outbox.topics.purchases.to");
    refused("tcc.outbox.relay.lease=5s", "tcc.outbox.relay.lease");
    refused("tcc.outbox.relay.batch=0", "tcc.outbox.relay.batch");
    refused("tcc.outbox.inbox-retention=1h", "tcc.outbox.inbox-retention");
  }

  private void refused(String property, String name) {
    application
        .withPropertyValues(property)
        .run(
            context ->
                assertThat(context)
                    .getFailure()
                    .rootCause()
                    .isInstanceOf(InvalidPropertyException.class)
                    .hasMessageContaining(name));
  }

  @Test
  void anOperatorSeesAndRequeuesWhatIsDead() {
    application
        .withPropertyValues(
            "tcc.outbox.topics.purchases.to=inventory",
            "tcc.outbox.relay.enabled=false",
            "tcc.outbox.relay.backoff.attempts=1",
            "management.endpoints.web.exposure.include=tccoutbox",
            "management.endpoint.tccoutbox.access=UNRESTRICTED")
        .run(
            context -> {
              new TransactionTemplate(
                      context.getBean(
                          org.springframework.transaction.PlatformTransactionManager.class))
                  .executeWithoutResult(
                      status ->
                          context
                              .getBean(OutboxTemplate.class)
                              .store("purchases", new Purchase("book")));
              Relay relay = context.getBean(OutboxSystem.class).relay();
              OutboxEndpoint endpoint = context.getBean(OutboxEndpoint.class);
              // The clock that says what is due follows the database's, and may go back a little.
              await()
                  .untilAsserted(
                      () -> {
                        relay.runOnce();
                        assertThat(endpoint.overview(null, null).dead()).isEqualTo(1);
                      });
              OutboxEndpoint.Overview overview = endpoint.overview(null, null);
              String id = overview.messages().get(0).id();
              assertThat(overview.messages().get(0).lastError())
                  .contains("tcc.services.inventory.url");

              assertThat(
                      endpoint
                          .act(
                              org.springframework.boot.actuate.endpoint.SecurityContext.NONE,
                              id,
                              "requeue",
                              "ann",
                              "configured")
                          .done())
                  .isTrue();
              assertThat(endpoint.message(id).message().state()).isEqualTo("PENDING");
              assertThat(endpoint.message(id).actions()).hasSize(1);
            });
  }
}
