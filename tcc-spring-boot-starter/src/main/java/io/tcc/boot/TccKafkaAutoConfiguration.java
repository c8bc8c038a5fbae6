package io.tcc.boot;

import io.tcc.protocol.outbox.Carriers;
import io.tcc.protocol.outbox.Inbox;
import io.tcc.protocol.outbox.OutboxLimits;
import io.tcc.protocol.outbox.Topics;
import io.tcc.transaction.Instance;
import io.tcc.transport.Arrivals;
import io.tcc.transport.Dispatch;
import io.tcc.transport.Signatures;
import io.tcc.transport.kafka.KafkaBroker;
import io.tcc.transport.kafka.KafkaReceiver;
import io.tcc.wiring.DrivingExecutor;
import java.util.concurrent.Executor;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.beans.factory.annotation.Qualifier;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBooleanProperty;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.boot.kafka.autoconfigure.KafkaProperties;
import org.springframework.context.annotation.Bean;
import org.springframework.kafka.core.ConsumerFactory;
import org.springframework.kafka.core.KafkaTemplate;
import org.springframework.kafka.core.ProducerFactory;

/**
 * Kafka as a carrier of the local message table, by the name {@code kafka}, where the application
 * has Spring for Apache Kafka; configured by {@code spring.kafka}. Connects where a topic chooses
 * it. Each bean backs off where the application defines its own.
 */
@AutoConfiguration(
    after = TccHttpAutoConfiguration.class,
    afterName = "org.springframework.boot.kafka.autoconfigure.KafkaAutoConfiguration",
    before = TccOutboxAutoConfiguration.class)
@ConditionalOnClass({KafkaTemplate.class, KafkaProperties.class})
@ConditionalOnBean({ProducerFactory.class, ConsumerFactory.class})
@ConditionalOnBooleanProperty(
    name = {"tcc.enabled", "tcc.outbox.enabled"},
    matchIfMissing = true)
public class TccKafkaAutoConfiguration {

  private static final String NAME = "kafka";
  private static final String EXECUTOR = "tccKafkaExecutor";

  // Kafka's client makes those who send wait where the broker is away; nobody else should.
  @Bean(name = EXECUTOR, defaultCandidate = false)
  @ConditionalOnMissingBean(name = EXECUTOR)
  DrivingExecutor tccKafkaExecutor(TccProperties properties) {
    return DrivingExecutor.create(properties.threads(), properties.callTimeout());
  }

  @Bean
  @ConditionalOnMissingBean
  KafkaBroker tccKafkaBroker(ProducerFactory<?, ?> producers, OutboxLimits limits) {
    return new KafkaBroker(producers.getConfigurationProperties(), limits.call());
  }

  @Bean
  @ConditionalOnMissingBean(name = "tccKafkaCarrier")
  Carriers.Named tccKafkaCarrier(
      KafkaBroker broker,
      Instance instance,
      Signatures signatures,
      @Qualifier(EXECUTOR) Executor executor) {
    return new Carriers.Named(NAME, new Dispatch(instance.site(), signatures, broker, executor));
  }

  @Bean
  @ConditionalOnMissingBean
  KafkaReceiver tccKafkaReceiver(
      Instance instance,
      Arrivals arrivals,
      ConsumerFactory<?, ?> consumers,
      ObjectProvider<KafkaProperties> kafka,
      OutboxProperties properties) {
    KafkaProperties found = kafka.getIfAvailable();
    Integer concurrency = found == null ? null : found.getListener().getConcurrency();
    return new KafkaReceiver(
        instance.site(),
        arrivals,
        consumers.getConfigurationProperties(),
        concurrency == null ? 1 : concurrency,
        properties.redelivery().backoff());
  }

  @Bean
  @ConditionalOnMissingBean(name = "tccKafkaLifecycle")
  BrokerLifecycle tccKafkaLifecycle(
      KafkaReceiver receiver, Carriers carriers, Inbox inbox, Topics topics) {
    return new BrokerLifecycle(NAME, receiver, carriers, inbox, topics);
  }
}
