package io.tcc.boot;

import io.tcc.protocol.outbox.Carriers;
import io.tcc.protocol.outbox.Inbox;
import io.tcc.protocol.outbox.Topics;
import io.tcc.transaction.Instance;
import io.tcc.transport.Arrivals;
import io.tcc.transport.Dispatch;
import io.tcc.transport.Signatures;
import io.tcc.transport.rabbitmq.RabbitBroker;
import io.tcc.transport.rabbitmq.RabbitReceiver;
import io.tcc.wiring.DrivingExecutor;
import java.util.concurrent.Executor;
import org.springframework.amqp.rabbit.connection.CachingConnectionFactory;
import org.springframework.amqp.rabbit.core.RabbitTemplate;
import org.springframework.beans.factory.annotation.Qualifier;
import org.springframework.boot.amqp.autoconfigure.CachingConnectionFactoryConfigurer;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBooleanProperty;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.context.annotation.Bean;

/**
 * RabbitMQ as a carrier of the local message table, by the name {@code rabbitmq}, where the
 * application has Spring AMQP; configured by {@code spring.rabbitmq}. Connects where a topic
 * chooses it, with connections of its own: what it asks of them, confirms and returns, is nobody
 * else's matter. Each bean backs off where the application defines its own.
 */
@AutoConfiguration(
    after = TccHttpAutoConfiguration.class,
    afterName = "org.springframework.boot.amqp.autoconfigure.RabbitAutoConfiguration",
    before = TccOutboxAutoConfiguration.class)
@ConditionalOnClass({RabbitTemplate.class, CachingConnectionFactoryConfigurer.class})
@ConditionalOnBean({CachingConnectionFactory.class, CachingConnectionFactoryConfigurer.class})
@ConditionalOnBooleanProperty(
    name = {"tcc.enabled", "tcc.outbox.enabled"},
    matchIfMissing = true)
public class TccRabbitAutoConfiguration {

  private static final String NAME = "rabbitmq";
  private static final String EXECUTOR = "tccRabbitExecutor";

  // A broker that is away makes those who send wait; nobody else should.
  @Bean(name = EXECUTOR, defaultCandidate = false)
  @ConditionalOnMissingBean(name = EXECUTOR)
  DrivingExecutor tccRabbitExecutor(TccProperties properties) {
    return DrivingExecutor.create(properties.threads(), properties.callTimeout());
  }

  @Bean
  @ConditionalOnMissingBean
  RabbitBroker tccRabbitBroker(
      CachingConnectionFactory application, CachingConnectionFactoryConfigurer configurer) {
    return new RabbitBroker(likeThat(application, configurer));
  }

  @Bean
  @ConditionalOnMissingBean(name = "tccRabbitCarrier")
  Carriers.Named tccRabbitCarrier(
      RabbitBroker broker,
      Instance instance,
      Signatures signatures,
      @Qualifier(EXECUTOR) Executor executor) {
    return new Carriers.Named(NAME, new Dispatch(instance.site(), signatures, broker, executor));
  }

  @Bean
  @ConditionalOnMissingBean
  RabbitReceiver tccRabbitReceiver(
      Instance instance,
      Arrivals arrivals,
      CachingConnectionFactory application,
      CachingConnectionFactoryConfigurer configurer,
      OutboxProperties properties) {
    return new RabbitReceiver(
        instance.site(),
        arrivals,
        likeThat(application, configurer),
        properties.redelivery().backoff());
  }

  @Bean
  @ConditionalOnMissingBean(name = "tccRabbitLifecycle")
  BrokerLifecycle tccRabbitLifecycle(
      RabbitReceiver receiver, Carriers carriers, Inbox inbox, Topics topics) {
    return new BrokerLifecycle(NAME, receiver, carriers, inbox, topics);
  }

  private static CachingConnectionFactory likeThat(
      CachingConnectionFactory application, CachingConnectionFactoryConfigurer configurer) {
    CachingConnectionFactory own =
        new CachingConnectionFactory(application.getRabbitConnectionFactory());
    configurer.configure(own);
    return own;
  }
}
