package io.tcc.boot;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.tcc.annotation.Outbox;
import io.tcc.annotation.OutboxListener;
import io.tcc.annotation.OutboxReply;
import io.tcc.testing.AmqpServer;
import io.tcc.testing.KafkaServer;
import io.tcc.testing.RocketMqServer;
import io.tcc.transaction.MessageRejectedException;
import io.tcc.transaction.MessageResult;
import io.tcc.transport.kafka.KafkaReceiver;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.Test;
import org.springframework.boot.amqp.autoconfigure.RabbitAutoConfiguration;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.kafka.autoconfigure.KafkaAutoConfiguration;
import org.springframework.boot.test.context.FilteredClassLoader;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.jdbc.core.JdbcTemplate;
import org.springframework.kafka.core.KafkaTemplate;
import org.springframework.transaction.annotation.Transactional;

/** Brokers as carriers: chosen by properties, configured by Spring Boot's own. */
class CarrierTest {

  record Purchase(String item) {}

  /** Sends to itself. */
  static class Shop {
    private final List<String> heard = new CopyOnWriteArrayList<>();

    public List<String> heard() {
      return heard;
    }

    @Transactional
    @Outbox(topic = "purchases")
    public Purchase buy(String item) {
      return new Purchase(item);
    }

    @OutboxListener(topic = "purchases")
    public void take(Purchase purchase) {
      if (purchase.item().equals("unicorn")) {
        throw new MessageRejectedException("there are none");
      }
    }

    @OutboxReply(topic = "purchases")
    public void told(Purchase purchase, MessageResult result) {
      heard.add(purchase.item() + " " + result.consumed());
    }
  }

  private static final ApplicationContextRunner APPLICATION =
      Applications.plain()
          .withConfiguration(
              AutoConfigurations.of(KafkaAutoConfiguration.class, RabbitAutoConfiguration.class))
          .withBean(Shop.class)
          .withPropertyValues(
              "spring.application.name=shop",
              "spring.datasource.generate-unique-name=true",
              "tcc.outbox.topics.purchases.to=shop");

  @Test
  void messagesGoByKafkaWhereItsPropertiesSaySo() {
    exchanges(
        APPLICATION.withPropertyValues(
            "tcc.outbox.carrier=kafka",
            "spring.kafka.bootstrap-servers=" + KafkaServer.ofThisJvm().servers(),
            // What would break the promise is not taken over.
            "spring.kafka.producer.acks=0",
            "spring.kafka.consumer.auto-offset-reset=latest",
            "spring.kafka.producer.value-serializer=org.apache.kafka.common.serialization.LongSerializer"));
  }

  @Test
  void messagesGoByRabbitMqWhereItsPropertiesSaySo() {
    exchanges(
        APPLICATION.withPropertyValues(
            "tcc.outbox.topics.purchases.carrier=rabbitmq",
            "spring.rabbitmq.addresses=127.0.0.1:" + AmqpServer.ofThisJvm().port(),
            "spring.rabbitmq.username=" + AmqpServer.USER,
            "spring.rabbitmq.password=" + AmqpServer.USER));
  }

  @Test
  void messagesGoByRocketMqWhereItsPropertiesSaySo() {
    RocketMqServer broker = RocketMqServer.ofThisJvm().topic("purchases").topic("tcc-replies-shop");
    exchanges(
        APPLICATION.withPropertyValues(
            "tcc.outbox.carrier=rocketmq", "tcc.rocketmq.name-server=" + broker.nameServer()));
  }

  private static void exchanges(ApplicationContextRunner application) {
    application.run(
        context -> {
          assertThat(context).hasNotFailed();
          Shop shop = context.getBean(Shop.class);
          shop.buy("book");
          shop.buy("unicorn");
          await()
              .atMost(Duration.ofSeconds(30))
              .untilAsserted(
                  () ->
                      assertThat(
                              context
                                  .getBean(JdbcTemplate.class)
                                  .queryForList(
                                      "select state from tcc_message where about is null"
                                          + " order by sequence",
                                      String.class))
                          .containsExactly("CONSUMED", "REJECTED"));
          assertThat(shop.heard()).containsExactlyInAnyOrder("book true", "unicorn false");
        });
  }

  @Test
  void aBrokerThatNoTopicChoosesIsLeftAlone() {
    APPLICATION
        .withPropertyValues("spring.kafka.bootstrap-servers=127.0.0.1:1")
        .run(
            context -> {
              assertThat(context).hasNotFailed();
              assertThat(context).hasSingleBean(KafkaReceiver.class);
              assertThat(Thread.getAllStackTraces().keySet())
                  .noneMatch(thread -> thread.getName().startsWith("tcc-shop-"));
            });
  }

  @Test
  void aChosenCarrierThatIsNotThereIsAnErrorThatNamesWhatToAdd() {
    refused(
        Applications.plain()
            .withClassLoader(new FilteredClassLoader(KafkaTemplate.class))
            .withPropertyValues(
                "tcc.outbox.topics.purchases.to=shop", "tcc.outbox.topics.purchases.carrier=kafka"),
        "tcc.outbox.topics.purchases.carrier",
        "spring-boot-starter-kafka");
    refused(
        Applications.plain().withPropertyValues("tcc.outbox.carrier=rabbitmq"),
        "tcc.outbox.carrier",
        "spring-boot-starter-amqp");
    refused(
        Applications.plain().withPropertyValues("tcc.outbox.carrier=rocketmq"),
        "tcc.outbox.carrier",
        "tcc.rocketmq.name-server");
    refused(
        APPLICATION.withPropertyValues("tcc.outbox.carrier=pigeon"), "tcc.outbox.carrier", "http");
  }

  private static void refused(ApplicationContextRunner application, String... parts) {
    application.run(
        context ->
            assertThat(context)
                .getFailure()
                .rootCause()
                .isInstanceOf(InvalidPropertyException.class)
                .hasMessageContainingAll(parts));
  }
}
