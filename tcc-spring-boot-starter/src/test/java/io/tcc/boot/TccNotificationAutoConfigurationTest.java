package io.tcc.boot;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.tcc.annotation.NotificationListener;
import io.tcc.annotation.Notify;
import io.tcc.door.InvalidAnnotationsException;
import io.tcc.protocol.notification.NotificationEvent;
import io.tcc.protocol.notification.NotificationReceiver;
import io.tcc.protocol.notification.Notifications;
import io.tcc.protocol.notification.Schedule;
import io.tcc.transaction.NotificationState;
import io.tcc.transport.http.WebhookSignatures;
import io.tcc.wiring.PassLoop;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.springframework.boot.WebApplicationType;
import org.springframework.boot.actuate.endpoint.SecurityContext;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.boot.test.context.FilteredClassLoader;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.event.EventListener;
import org.springframework.jdbc.core.JdbcTemplate;
import org.springframework.transaction.annotation.Transactional;

/** What an application gets that notifies, or is notified. */
class TccNotificationAutoConfigurationTest {

  private static final String SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
  private static final String TARGET = "tcc.notification.targets.partner.";

  private static final String[] PARTNER = {
    TARGET + "url=https://partner.example/hook",
    TARGET + "secret=" + SECRET,
    "tcc.notification.allowed-hosts=partner.example",
    "tcc.notification.interval=1h"
  };

  private final ApplicationContextRunner application = Applications.plain();

  /** Pays, and tells the bookkeeper. */
  static class Payments {

    private final JdbcTemplate sql;

    Payments(JdbcTemplate sql) {
      this.sql = sql;
    }

    record Paid(String paymentId, long cents) {}

    @Transactional
    @Notify(target = "partner", type = "payment", number = "paymentId")
    public Paid pay(String paymentId, long cents) {
      sql.update("insert into payment (id) values (?)", paymentId);
      return new Paid(paymentId, cents);
    }
  }

  /** Keeps the books, in another service that happens to be the same one here. */
  static class Bookkeeper {

    private final JdbcTemplate sql;
    private final List<NotificationEvent> events = new CopyOnWriteArrayList<>();

    Bookkeeper(JdbcTemplate sql) {
      this.sql = sql;
      sql.execute("create table payment (id varchar(20) primary key)");
      sql.execute("create table booking (id varchar(20), cents bigint)");
    }

    @NotificationListener(source = "order")
    public void book(Payments.Paid paid, String type, String number) {
      sql.update("insert into booking values (?, ?)", type + "/" + number, paid.cents());
    }

    @EventListener
    public void hear(NotificationEvent event) {
      events.add(event);
    }

    List<String> booked() {
      return sql.queryForList("select id from booking", String.class);
    }
  }

  @Configuration(proxyBeanMethods = false)
  @EnableAutoConfiguration
  static class Service {

    @Bean
    Bookkeeper bookkeeper(JdbcTemplate sql) {
      return new Bookkeeper(sql);
    }

    @Bean
    Payments payments(JdbcTemplate sql) {
      return new Payments(sql);
    }

    @Bean
    SimpleMeterRegistry meterRegistry() {
      return new SimpleMeterRegistry();
    }
  }

  private static ConfigurableApplicationContext service(Map<String, Object> more) throws Exception {
    int port;
    try (ServerSocket socket = new ServerSocket(0)) {
      port = socket.getLocalPort();
    }
    Map<String, Object> properties =
        new LinkedHashMap<>(
            Map.of(
                "server.port",
                port,
                "spring.main.banner-mode",
                "off",
                "spring.datasource.generate-unique-name",
                true,
                TARGET + "url",
                "http://localhost:" + port + "/tcc/notify/order",
                TARGET + "secret",
                SECRET,
                TARGET + "allow-http",
                true,
                "tcc.notification.sources.order.secret",
                SECRET,
                "tcc.notification.allowed-hosts",
                "localhost",
                "tcc.notification.allowed-networks",
                "127.0.0.0/8,::1/128",
                "management.endpoints.web.exposure.include",
                "tccnotifications"));
    properties.putAll(more);
    return new SpringApplicationBuilder(Service.class)
        .web(WebApplicationType.SERVLET)
        .properties(properties)
        .run();
  }

  private static HttpResponse<String> ask(
      ConfigurableApplicationContext service, String id, String question) throws Exception {
    byte[] body = question.getBytes(StandardCharsets.UTF_8);
    Instant now = Instant.now();
    String port = service.getEnvironment().getProperty("server.port");
    return HttpClient.newHttpClient()
        .send(
            HttpRequest.newBuilder(
                    URI.create("http://localhost:" + port + "/tcc/notifications/partner"))
                .header("Content-Type", "application/json")
                .header("webhook-id", id)
                .header("webhook-timestamp", Long.toString(now.getEpochSecond()))
                .header(
                    "webhook-signature", new WebhookSignatures(List.of(SECRET)).sign(id, now, body))
                .POST(HttpRequest.BodyPublishers.ofByteArray(body))
                .build(),
            HttpResponse.BodyHandlers.ofString());
  }

  @Test
  void oneServiceTellsAndTheOtherBooksOnce() throws Exception {
    try (ConfigurableApplicationContext service = service(Map.of())) {
      Bookkeeper bookkeeper = service.getBean(Bookkeeper.class);
      service.getBean(Payments.class).pay("p1", 100);
      await().until(() -> bookkeeper.booked().equals(List.of("payment/p1")));
      await().until(() -> !bookkeeper.events.isEmpty());
      assertThat(bookkeeper.events).singleElement().isInstanceOf(NotificationEvent.Delivered.class);

      HttpResponse<String> answer =
          ask(service, "query_1", "{\"type\":\"payment\",\"number\":\"p1\"}");
      assertThat(answer.statusCode()).isEqualTo(200);
      assertThat(answer.body())
          .contains("\"state\":\"DELIVERED\"", "\"data\":{\"paymentId\":\"p1\",\"cents\":100}");
      assertThat(
              service
                  .getBean(MeterRegistry.class)
                  .get("tcc.notifications.delivered")
                  .tag("target", "partner")
                  .timer()
                  .count())
          .isEqualTo(1);

      NotificationEndpoint endpoint = service.getBean(NotificationEndpoint.class);
      String id =
          endpoint
              .overview(NotificationState.DELIVERED, null, null, null)
              .notifications()
              .get(0)
              .id();
      assertThat(endpoint.overview(null, null, null, null).notifications()).isEmpty();
      assertThat(endpoint.resend(SecurityContext.NONE, id, "jane", "to be sure").actions())
          .extracting(NotificationEndpoint.ActionItem::actor)
          .containsExactly("jane");
      await().until(() -> endpoint.notification(id).attempts().size() == 2);
      assertThat(bookkeeper.booked()).as("told twice, booked once").hasSize(1);
    }
  }

  @Test
  void whatATargetRefusesIsRepeatedAndGivenUpAndCounted() throws Exception {
    try (ConfigurableApplicationContext service =
        service(
            Map.of(
                "tcc.notification.sources.order.secret",
                "whsec_YSBzZWNyZXQgdGhhdCBldmVyeWJvZHkga25vd3M=",
                TARGET + "schedule",
                "10ms",
                "tcc.notification.interval",
                "10ms"))) {
      service.getBean(Payments.class).pay("p1", 100);
      Bookkeeper bookkeeper = service.getBean(Bookkeeper.class);
      await().until(() -> bookkeeper.events.size() == 2);
      assertThat(bookkeeper.events)
          .hasExactlyElementsOfTypes(
              NotificationEvent.AttemptFailed.class, NotificationEvent.GivenUp.class);
      assertThat(bookkeeper.booked()).isEmpty();
      MeterRegistry meters = service.getBean(MeterRegistry.class);
      assertThat(meters.get("tcc.notifications.failures").counter().count()).isEqualTo(1);
      assertThat(meters.get("tcc.notifications.given.up").counter().count()).isEqualTo(1);
      assertThat(meters.get("tcc.refused").tag("reason", "forged").counter().count()).isEqualTo(2);
    }
  }

  @Test
  void withoutTargetsAndSourcesThereIsNothing() {
    application.run(
        context ->
            assertThat(context)
                .hasNotFailed()
                .doesNotHaveBean(Notifications.class)
                .doesNotHaveBean(NotificationReceiver.class)
                .doesNotHaveBean("tccNotificationLoop"));
  }

  @Test
  void aTargetThatIsNotConfiguredIsToldAtStartUp() {
    application
        .withUserConfiguration(Payments.class)
        .run(
            context ->
                assertThat(context)
                    .getFailure()
                    .isInstanceOf(InvalidAnnotationsException.class)
                    .hasMessageContaining("notifies target \"partner\", which is not configured"));
    application
        .withUserConfiguration(Payments.class)
        .withPropertyValues(PARTNER)
        .run(
            context -> {
              assertThat(context).hasNotFailed();
              assertThat(context.getBean("tccNotificationLoop", PassLoop.class).isRunning())
                  .isTrue();
            });
  }

  @Test
  void theLoopCanBeLeftToOtherInstances() {
    application
        .withPropertyValues(PARTNER)
        .withPropertyValues("tcc.notification.enabled=false")
        .run(context -> assertThat(context).hasNotFailed().doesNotHaveBean("tccNotificationLoop"));
  }

  @Test
  void aScheduleIsNamedOrListed() {
    Map<String, List<Duration>> expected =
        Map.of(
            "alipay", Schedule.ALIPAY.delays(),
            "svix", Schedule.SVIX.delays(),
            "1s, 2m,PT3H",
                List.of(Duration.ofSeconds(1), Duration.ofMinutes(2), Duration.ofHours(3)));
    expected.forEach(
        (text, delays) ->
            application
                .withPropertyValues(PARTNER)
                .withPropertyValues(TARGET + "schedule=" + text)
                .run(
                    context ->
                        assertThat(
                                context
                                    .getBean(NotificationProperties.class)
                                    .toTargets()
                                    .get(0)
                                    .schedule()
                                    .delays())
                            .isEqualTo(delays)));
    application
        .withPropertyValues(PARTNER)
        .run(
            context ->
                assertThat(
                        context.getBean(NotificationProperties.class).toTargets().get(0).schedule())
                    .isEqualTo(Schedule.STANDARD_WEBHOOKS));
  }

  @Test
  void whatCannotBeUsedStopsTheStartAndNamesTheProperty() {
    Map<String, String> mistakes = new LinkedHashMap<>();
    mistakes.put(
        TARGET + "url=https://evil.example/",
        "url is \"https://evil.example/\". It must not be called: its host");
    mistakes.put(TARGET + "url=http://partner.example/", "it is not https");
    mistakes.put(TARGET + "url=partner", "It has to be an address");
    mistakes.put(TARGET + "secret=hunter2", "whsec_ followed by 24 to 64 bytes");
    mistakes.put(TARGET + "previous-secrets=hunter2", "previous-secrets is \"(7 characters)\"");
    mistakes.put(TARGET + "schedule=weekly", "alipay, wechat-pay, svix, standard-webhooks");
    mistakes.put(TARGET + "timeout=31s", "at most half of tcc.notification.lease");
    mistakes.put(TARGET + "concurrency=0", "between 1 and 1000");
    mistakes.put("tcc.notification.allowed-networks=10.0.0.0", "a block of addresses");
    mistakes.put("tcc.notification.batch=0", "between 1 and 10000");
    mistakes.put("tcc.notification.retention=0s", "longer than zero");
    mistakes.put("tcc.notification.sources.order.secret=", "sources.order.secret");
    List<String> wrong = new ArrayList<>();
    mistakes.forEach(
        (property, said) ->
            application
                .withPropertyValues(PARTNER)
                .withPropertyValues(property)
                .run(
                    context -> {
                      Throwable failure = context.getStartupFailure();
                      String all =
                          Stream.iterate(failure, e -> e != null, Throwable::getCause)
                              .map(String::valueOf)
                              .reduce("", String::concat);
                      if (!all.contains(said) || all.contains("hunter2")) {
                        wrong.add(property + ": " + all);
                      }
                    }));
    assertThat(wrong).isEmpty();
  }

  @Test
  void withoutTheHttpClientItSaysWhichDependencyIsMissing() {
    application
        .withPropertyValues(PARTNER)
        .withClassLoader(new FilteredClassLoader("org.apache.hc.client5"))
        .run(
            context ->
                assertThat(context)
                    .getFailure()
                    .rootCause()
                    .hasMessageContaining("org.apache.httpcomponents.client5:httpclient5"));
  }
}
