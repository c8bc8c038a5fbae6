package io.tcc.transport.http;

import java.io.IOException;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.ParameterContext;
import org.junit.jupiter.api.extension.ParameterResolver;
import org.springframework.boot.http.client.ClientHttpRequestFactoryBuilder;
import org.springframework.boot.http.client.HttpClientSettings;
import org.springframework.boot.http.client.HttpRedirects;
import org.springframework.context.annotation.Bean;
import org.springframework.core.env.Environment;
import org.springframework.http.MediaType;
import org.springframework.http.client.ClientHttpRequestFactory;
import org.springframework.jdbc.core.JdbcTemplate;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestBody;
import org.springframework.web.bind.annotation.RestController;
import org.springframework.web.client.RestClient;
import org.springframework.web.client.RestClientException;

/** Three services that know each other and do what they are asked; shared by all tests. */
final class ShopServices implements AutoCloseable {

  private final RunningServices services = new RunningServices("order", "inventory", "warehouse");
  final RunningService order = services.start("order", Configuration.class);
  final RunningService inventory = services.start("inventory", Configuration.class);
  final RunningService warehouse = services.start("warehouse", Configuration.class);

  /** Does these steps in a global transaction that the order service begins. */
  void transaction(Step... steps) {
    order.transaction(
        () -> {
          order.bean(Steps.class).run(List.of(steps));
          return true;
        });
  }

  String history(RunningService service, String item) {
    return service.bean(Shop.class).history(item);
  }

  @Override
  public void close() {
    services.close();
  }

  /** Starts them for the first test that asks for them. */
  static final class Extension implements ParameterResolver {
    @Override
    public boolean supportsParameter(ParameterContext parameter, ExtensionContext context) {
      return parameter.getParameter().getType() == ShopServices.class;
    }

    @Override
    public Object resolveParameter(ParameterContext parameter, ExtensionContext context) {
      return context
          .getRoot()
          .getStore(ExtensionContext.Namespace.GLOBAL)
          .computeIfAbsent(ShopServices.class, type -> new ShopServices());
    }
  }

  static class Configuration {

    @Bean
    Shop shop(JdbcTemplate jdbc) {
      return new Shop(jdbc);
    }

    @Bean
    Gates gates() {
      return new Gates();
    }

    @Bean
    Steps steps(Shop shop, Gates gates, Environment environment, List<RestClient> clients) {
      return new Steps(shop, gates, environment, clients.get(0), clients.get(1));
    }

    @Bean
    RestClient client(RestClient.Builder builder) {
      return builder.build();
    }

    @Bean
    RestClient impatientClient() {
      ClientHttpRequestFactory impatient =
          ClientHttpRequestFactoryBuilder.jdk()
              .build(
                  HttpClientSettings.defaults()
                      .withReadTimeout(Duration.ofSeconds(2))
                      .withRedirects(HttpRedirects.DONT_FOLLOW));
      return RestClient.builder().requestFactory(impatient).build();
    }

    @Bean
    StepsController stepsController(Steps steps) {
      return new StepsController(steps);
    }
  }

  /** Does steps in the service that it belongs to. */
  static class Steps {

    private final Shop shop;
    private final Gates gates;
    private final Environment environment;
    private final RestClient client;
    private final RestClient impatient;

    Steps(
        Shop shop, Gates gates, Environment environment, RestClient client, RestClient impatient) {
      this.shop = shop;
      this.gates = gates;
      this.environment = environment;
      this.client = client;
      this.impatient = impatient;
    }

    void run(List<Step> steps) {
      steps.forEach(this::run);
    }

    private void run(Step step) {
      switch (step.what()) {
        case "reserve" -> shop.reserve(step.argument(), 1);
        case "reserveAndCatch" -> {
          try {
            shop.reserve(step.argument(), 1);
          } catch (RuntimeException e) {
            // As asked.
          }
        }
        case "fail" -> throw new IllegalStateException(step.argument());
        case "await" -> gates.pass(step.argument());
        case "call" -> call(client, step);
        case "callAndCatch" -> callAndCatch(client, step);
        case "callBriefly" -> callAndCatch(impatient, step);
        default -> throw new IllegalArgumentException(step.what());
      }
    }

    private void callAndCatch(RestClient with, Step step) {
      try {
        call(with, step);
      } catch (RestClientException e) {
        // As asked.
      }
    }

    private void call(RestClient with, Step step) {
      with.post()
          .uri(environment.getRequiredProperty("url." + step.argument()) + "/do")
          .contentType(MediaType.APPLICATION_JSON)
          .body(step.steps())
          .retrieve()
          .toBodilessEntity();
    }
  }

  @RestController
  static class StepsController {

    private final Steps steps;

    StepsController(Steps steps) {
      this.steps = steps;
    }

    @PostMapping("/do")
    String run(@RequestBody List<Step> asked) throws IOException {
      steps.run(asked);
      return "done";
    }
  }
}
