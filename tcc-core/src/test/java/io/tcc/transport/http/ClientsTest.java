package io.tcc.transport.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.micrometer.context.ContextRegistry;
import io.micrometer.context.ContextSnapshotFactory;
import io.tcc.context.FrameAccessor;
import io.tcc.context.TransactionContext;
import io.tcc.transaction.GlobalTransactionAbortedException;
import io.tcc.transaction.GlobalTransactionTimeoutException;
import io.tcc.transport.OutgoingCalls;
import java.net.URI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeoutException;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.springframework.beans.factory.annotation.Qualifier;
import org.springframework.boot.restclient.RestTemplateBuilder;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.core.env.Environment;
import org.springframework.http.client.ClientHttpRequestInterceptor;
import org.springframework.jdbc.core.JdbcTemplate;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.RestController;
import org.springframework.web.client.RestClient;
import org.springframework.web.client.RestTemplate;
import org.springframework.web.client.support.RestClientAdapter;
import org.springframework.web.reactive.function.client.WebClient;
import org.springframework.web.reactive.function.client.support.WebClientAdapter;
import org.springframework.web.service.annotation.HttpExchange;
import org.springframework.web.service.annotation.PostExchange;
import org.springframework.web.service.invoker.HttpServiceProxyFactory;
import org.springframework.web.service.registry.HttpServiceGroup;
import org.springframework.web.service.registry.ImportHttpServices;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Schedulers;

/** The context is taken along by each kind of client. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class ClientsTest {

  private final RunningServices services = new RunningServices("order", "inventory");
  private RunningService order;
  private RunningService inventory;

  @BeforeAll
  void start() {
    inventory = services.start("inventory", Inventory.class);
    order =
        services.start(
            "order",
            settings ->
                settings
                    .withProperty(
                        "spring.http.serviceclient.rest.base-url",
                        "http://localhost:" + services.port("inventory"))
                    .withProperty(
                        "spring.http.serviceclient.web.base-url",
                        "http://localhost:" + services.port("inventory")),
            Clients.class);
  }

  @AfterAll
  void stop() {
    services.close();
  }

  /** A way to call the inventory. */
  enum Kind {
    REST_CLIENT_BEAN {
      @Override
      void reserve(RunningService order, String item) {
        order
            .bean("restClient", RestClient.class)
            .post()
            .uri("/reserve?item={item}", item)
            .retrieve()
            .toBodilessEntity();
      }
    },
    REST_CLIENT_OF_THE_BUILDER_BEAN {
      @Override
      void reserve(RunningService order, String item) {
        order
            .bean(Clients.Holder.class)
            .restClient()
            .post()
            .uri("/reserve?item={item}", item)
            .retrieve()
            .toBodilessEntity();
      }
    },
    REST_TEMPLATE_BEAN {
      @Override
      void reserve(RunningService order, String item) {
        order.bean(RestTemplate.class).postForLocation("/reserve?item={item}", null, item);
      }
    },
    HTTP_EXCHANGE_OVER_REST_CLIENT {
      @Override
      void reserve(RunningService order, String item) {
        order.bean("exchangeOverRest", InventoryExchange.class).reserve(item);
      }
    },
    HTTP_EXCHANGE_OVER_WEB_CLIENT {
      @Override
      void reserve(RunningService order, String item) {
        order.bean("exchangeOverWeb", InventoryExchange.class).reserve(item);
      }
    },
    IMPORTED_HTTP_SERVICE_OVER_REST_CLIENT {
      @Override
      void reserve(RunningService order, String item) {
        order.bean(ImportedRest.class).reserve(item);
      }
    },
    IMPORTED_HTTP_SERVICE_OVER_WEB_CLIENT {
      @Override
      void reserve(RunningService order, String item) {
        order.bean(ImportedWeb.class).reserve(item);
      }
    },
    WEB_CLIENT_BEAN {
      @Override
      void reserve(RunningService order, String item) {
        order
            .bean(WebClient.class)
            .post()
            .uri("/reserve?item={item}", item)
            .retrieve()
            .toBodilessEntity()
            .block();
      }
    },
    WEB_CLIENT_OF_THE_BUILDER_BEAN {
      @Override
      void reserve(RunningService order, String item) {
        order
            .bean(Clients.Holder.class)
            .webClient()
            .post()
            .uri("/reserve?item={item}", item)
            .retrieve()
            .toBodilessEntity()
            .block();
      }
    },
    WEB_CLIENT_ON_ANOTHER_THREAD {
      @Override
      void reserve(RunningService order, String item) {
        ContextRegistry registry = ContextRegistry.getInstance();
        FrameAccessor accessor = new FrameAccessor(order.bean(TransactionContext.class));
        registry.registerThreadLocalAccessor(accessor);
        try {
          order
              .bean(WebClient.class)
              .post()
              .uri("/reserve?item={item}", item)
              .retrieve()
              .toBodilessEntity()
              .subscribeOn(Schedulers.boundedElastic())
              .contextCapture()
              .block();
        } finally {
          registry.removeThreadLocalAccessor(accessor.key());
        }
      }
    };

    abstract void reserve(RunningService order, String item);
  }

  @HttpExchange
  interface InventoryExchange {
    @PostExchange("/reserve")
    void reserve(@RequestParam("item") String item);
  }

  @HttpExchange
  interface ImportedRest {
    @PostExchange("/reserve")
    void reserve(@RequestParam("item") String item);
  }

  @HttpExchange
  interface ImportedWeb {
    @PostExchange("/reserve")
    void reserve(@RequestParam("item") String item);
  }

  @Configuration(proxyBeanMethods = false)
  @ImportHttpServices(
      group = "rest",
      types = ImportedRest.class,
      clientType = HttpServiceGroup.ClientType.REST_CLIENT)
  @ImportHttpServices(
      group = "web",
      types = ImportedWeb.class,
      clientType = HttpServiceGroup.ClientType.WEB_CLIENT)
  static class Clients {

    /** Clients that are no beans, made of builders that are. */
    record Holder(RestClient restClient, WebClient webClient) {}

    @Bean
    RestClient restClient(Environment environment) {
      return RestClient.create(environment.getRequiredProperty("url.inventory"));
    }

    @Bean
    RestTemplate restTemplate(RestTemplateBuilder builder, Environment environment) {
      return builder.rootUri(environment.getRequiredProperty("url.inventory")).build();
    }

    @Bean
    WebClient webClient(Environment environment) {
      return WebClient.create(environment.getRequiredProperty("url.inventory"));
    }

    @Bean
    RestClient clientOfTheBuilder(RestClient.Builder builder) {
      return builder.build();
    }

    @Bean
    Holder holder(RestClient.Builder rest, WebClient.Builder web, Environment environment) {
      String url = environment.getRequiredProperty("url.inventory");
      return new Holder(rest.baseUrl(url).build(), web.baseUrl(url).build());
    }

    @Bean
    InventoryExchange exchangeOverRest(@Qualifier("restClient") RestClient client) {
      return HttpServiceProxyFactory.builderFor(RestClientAdapter.create(client))
          .build()
          .createClient(InventoryExchange.class);
    }

    @Bean
    InventoryExchange exchangeOverWeb(WebClient client) {
      return HttpServiceProxyFactory.builderFor(WebClientAdapter.create(client))
          .build()
          .createClient(InventoryExchange.class);
    }
  }

  static class Inventory {
    @Bean
    Shop shop(JdbcTemplate jdbc) {
      return new Shop(jdbc);
    }

    @Bean
    Gates gates() {
      return new Gates();
    }

    @Bean
    Controller controller(Shop shop, Gates gates) {
      return new Controller(shop, gates);
    }
  }

  @RestController
  static class Controller {
    private final Shop shop;
    private final Gates gates;

    Controller(Shop shop, Gates gates) {
      this.shop = shop;
      this.gates = gates;
    }

    @PostMapping("/reserve")
    String reserve(@RequestParam String item) {
      shop.reserve(item, 1);
      return "reserved";
    }

    @PostMapping("/slow")
    String slow(@RequestParam String gate) {
      gates.pass(gate);
      return "at last";
    }
  }

  private String history(String item) {
    return inventory.bean(Shop.class).history(item);
  }

  @ParameterizedTest
  @EnumSource
  void confirms(Kind kind) {
    order.transaction(
        () -> {
          kind.reserve(order, "c" + kind.ordinal());
          return true;
        });
    assertThat(history("c" + kind.ordinal())).isEqualTo("rc");
    assertThat(order.bean(TransactionContext.class).current()).isEmpty();
  }

  @ParameterizedTest
  @EnumSource
  void cancels(Kind kind) {
    assertThatThrownBy(
            () ->
                order.transaction(
                    () -> {
                      kind.reserve(order, "x" + kind.ordinal());
                      throw new IllegalStateException("no");
                    }))
        .hasMessage("no");
    assertThat(history("x" + kind.ordinal())).isEqualTo("rx");
    assertThat(order.bean(TransactionContext.class).current()).isEmpty();
  }

  @ParameterizedTest
  @EnumSource
  void takesNothingAlongOutsideATransaction(Kind kind) {
    assertThatThrownBy(() -> kind.reserve(order, "o" + kind.ordinal())).hasMessageContaining("500");
    assertThat(history("o" + kind.ordinal())).isEmpty();
  }

  @Test
  void aWebClientOnAnotherThreadWithoutPropagationIsNotCovered() {
    assertThatThrownBy(
            () ->
                order.transaction(
                    () ->
                        order
                            .bean(WebClient.class)
                            .post()
                            .uri("/reserve?item=lost")
                            .retrieve()
                            .toBodilessEntity()
                            .subscribeOn(Schedulers.boundedElastic())
                            .block()))
        .hasMessageContaining("500");
    assertThat(history("lost")).isEmpty();
  }

  @Test
  void callsOfAWebClientRunAtOnce() {
    order.transaction(
        () ->
            Mono.when(
                    Stream.of("p", "p", "p")
                        .map(
                            item ->
                                order
                                    .bean(WebClient.class)
                                    .post()
                                    .uri("/reserve?item={item}", item)
                                    .retrieve()
                                    .toBodilessEntity())
                        .toList())
                .block());
    assertThat(history("p")).isEqualTo("rrrccc");
  }

  @Test
  void aCallThatNobodyWaitsForForbidsTheCommit() {
    assertThatThrownBy(
            () ->
                order.transaction(
                    () -> {
                      order
                          .bean(WebClient.class)
                          .post()
                          .uri("/slow?gate=unawaited")
                          .retrieve()
                          .toBodilessEntity()
                          .subscribe();
                      inventory.bean(Gates.class).awaitArrival("unawaited");
                      return true;
                    }))
        .isInstanceOf(GlobalTransactionAbortedException.class)
        .hasMessageContaining("call 1 to inventory has not ended");
    inventory.bean(Gates.class).open("unawaited");
  }

  @Test
  void aCallThatWasCancelledForbidsTheCommit() {
    assertThatThrownBy(
            () ->
                order.transaction(
                    () -> {
                      var call =
                          order
                              .bean(WebClient.class)
                              .post()
                              .uri("/slow?gate=cancelled")
                              .retrieve()
                              .toBodilessEntity()
                              .subscribe();
                      inventory.bean(Gates.class).awaitArrival("cancelled");
                      call.dispose();
                      return true;
                    }))
        .isInstanceOf(GlobalTransactionAbortedException.class)
        .hasMessageContaining("call 1 to inventory: it ended before there was an answer");
    inventory.bean(Gates.class).open("cancelled");
  }

  @Test
  void aWebClientWaitsNoLongerThanTheTransaction() {
    assertThatThrownBy(
            () ->
                order.transaction(
                    Duration.ofSeconds(2),
                    () ->
                        order
                            .bean(WebClient.class)
                            .post()
                            .uri("/slow?gate=deadline")
                            .retrieve()
                            .toBodilessEntity()
                            .block()))
        .hasRootCauseInstanceOf(TimeoutException.class);
    inventory.bean(Gates.class).open("deadline");
  }

  @Test
  void noCallIsMadePastTheDeadline() {
    assertThatThrownBy(
            () ->
                order.transaction(
                    Duration.ofSeconds(5),
                    () -> {
                      order.clock().advance(Duration.ofSeconds(5));
                      Kind.REST_CLIENT_BEAN.reserve(order, "late");
                      return true;
                    }))
        .isInstanceOf(GlobalTransactionTimeoutException.class);
    order.clock().advance(Duration.ofSeconds(-5));
    assertThat(history("late")).isEmpty();
  }

  @Test
  void aRefusedConnectionForbidsTheCommit() {
    RunningServices alone = new RunningServices("lonely", "absent");
    try (alone) {
      RunningService lonely = alone.start("lonely");
      RestClient client =
          lonely
              .bean(RestClientInstrumentation.class)
              .instrument(RestClient.create("http://localhost:" + alone.port("absent")));
      assertThatThrownBy(
              () ->
                  lonely.transaction(
                      () -> {
                        try {
                          client.post().uri("/reserve").retrieve().toBodilessEntity();
                        } catch (RuntimeException e) {
                          // The fallback.
                        }
                        return true;
                      }))
          .isInstanceOf(GlobalTransactionAbortedException.class)
          .hasMessageContaining("call 1 to absent: it failed with");
    }
  }

  @Test
  void everyClientHasTheInterceptorOnce() {
    RestClientInstrumentation rest = order.bean(RestClientInstrumentation.class);
    RestClient client = order.bean("clientOfTheBuilder", RestClient.class);
    assertThat(interceptors(client)).isEqualTo(1);
    assertThat(rest.instrument(client)).isSameAs(client);
    assertThat(interceptors(order.bean("restClient", RestClient.class))).isEqualTo(1);

    RestTemplate template = order.bean(RestTemplate.class);
    rest.instrument(template);
    assertThat(template.getInterceptors())
        .filteredOn(TransactionClientInterceptor.class::isInstance)
        .hasSize(1);

    WebClient web = order.bean(WebClient.class);
    assertThat(order.bean(WebClientInstrumentation.class).instrument(web)).isSameAs(web);
  }

  @Test
  void theInterceptorComesFirst() {
    RestTemplate template = new RestTemplate();
    template.getInterceptors().add((request, body, execution) -> execution.execute(request, body));
    order.bean(RestClientInstrumentation.class).instrument(template);
    assertThat(template.getInterceptors().get(0)).isInstanceOf(TransactionClientInterceptor.class);
    // As a load balancer does that is added later.
    List<ClientHttpRequestInterceptor> more = new ArrayList<>(template.getInterceptors());
    more.add(0, (request, body, execution) -> execution.execute(request, body));
    template.setInterceptors(more);
    assertThat(template.getInterceptors().get(0)).isInstanceOf(TransactionClientInterceptor.class);
  }

  @Test
  void micrometerCarriesTheFrameAndTakesItAway() {
    TransactionContext context = order.bean(TransactionContext.class);
    ContextRegistry registry = new ContextRegistry();
    registry.registerThreadLocalAccessor(new FrameAccessor(context));
    ContextSnapshotFactory factory =
        ContextSnapshotFactory.builder().contextRegistry(registry).clearMissing(true).build();
    Runnable[] wrapped = new Runnable[1];
    boolean[] seen = {false};
    order.transaction(
        () -> {
          wrapped[0] =
              factory.captureAll().wrap((Runnable) () -> seen[0] = context.current().isPresent());
          return true;
        });
    wrapped[0].run();
    assertThat(seen[0]).isTrue();
    assertThat(context.current()).isEmpty();
  }

  private static int interceptors(RestClient client) {
    int[] count = {0};
    client
        .mutate()
        .requestInterceptors(
            all ->
                count[0] =
                    (int)
                        all.stream()
                            .filter(TransactionClientInterceptor.class::isInstance)
                            .count());
    return count[0];
  }

  @Test
  void aCallToSomebodyElseTakesNothingAlong() {
    assertThat(order.bean(OutgoingCalls.class).start(URI.create("http://example.org/reserve")))
        .isEmpty();
  }
}
