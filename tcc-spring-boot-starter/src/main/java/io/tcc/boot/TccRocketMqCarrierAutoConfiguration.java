package io.tcc.boot;

import io.tcc.protocol.outbox.Carriers;
import io.tcc.protocol.outbox.Inbox;
import io.tcc.protocol.outbox.OutboxLimits;
import io.tcc.protocol.outbox.Topics;
import io.tcc.transaction.Instance;
import io.tcc.transport.Arrivals;
import io.tcc.transport.Dispatch;
import io.tcc.transport.Signatures;
import io.tcc.transport.rocketmq.ConsumerFactory;
import io.tcc.transport.rocketmq.ProducerFactory;
import io.tcc.transport.rocketmq.RocketMqMail;
import io.tcc.transport.rocketmq.RocketMqReceiver;
import io.tcc.transport.rocketmq.RocketMqSettings;
import io.tcc.wiring.DrivingExecutor;
import java.time.Duration;
import java.util.concurrent.Executor;
import org.apache.rocketmq.client.consumer.DefaultMQPushConsumer;
import org.apache.rocketmq.client.producer.TransactionMQProducer;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.beans.factory.annotation.Qualifier;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBooleanProperty;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.autoconfigure.condition.ConditionalOnExpression;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.context.annotation.Bean;

/**
 * RocketMQ as a carrier of the local message table, by the name {@code rocketmq}, where the
 * application has RocketMQ's client and says where its name servers are. Connects where a topic
 * chooses it. Each bean backs off where the application defines its own.
 */
@AutoConfiguration(
    after = TccHttpAutoConfiguration.class,
    before = TccOutboxAutoConfiguration.class)
@ConditionalOnClass(DefaultMQPushConsumer.class)
@ConditionalOnBooleanProperty(
    name = {"tcc.enabled", "tcc.outbox.enabled"},
    matchIfMissing = true)
// An empty one is none.
@ConditionalOnExpression("!'${tcc.rocketmq.name-server:}'.isEmpty()")
public class TccRocketMqCarrierAutoConfiguration {

  private static final String NAME = "rocketmq";
  private static final String EXECUTOR = "tccRocketMqExecutor";

  // A broker that is away makes those who send wait; nobody else should.
  @Bean(name = EXECUTOR, defaultCandidate = false)
  @ConditionalOnMissingBean(name = EXECUTOR)
  DrivingExecutor tccRocketMqExecutor(TccProperties properties) {
    return DrivingExecutor.create(properties.threads(), properties.callTimeout());
  }

  @Bean
  @ConditionalOnMissingBean
  RocketMqMail tccRocketMqMail(
      TccProperties properties,
      Instance instance,
      OutboxLimits limits,
      ObjectProvider<ProducerFactory> producers) {
    return new RocketMqMail(
        settings(properties, instance, limits.call()),
        producers.getIfAvailable(() -> TransactionMQProducer::new));
  }

  @Bean
  @ConditionalOnMissingBean(name = "tccRocketMqCarrier")
  Carriers.Named tccRocketMqCarrier(
      RocketMqMail broker,
      Instance instance,
      Signatures signatures,
      @Qualifier(EXECUTOR) Executor executor) {
    return new Carriers.Named(NAME, new Dispatch(instance.site(), signatures, broker, executor));
  }

  @Bean
  @ConditionalOnMissingBean
  RocketMqReceiver tccRocketMqReceiver(
      TccProperties properties,
      Instance instance,
      Arrivals arrivals,
      OutboxLimits limits,
      OutboxProperties outbox,
      ObjectProvider<ConsumerFactory> consumers) {
    return new RocketMqReceiver(
        instance.site(),
        arrivals,
        settings(properties, instance, limits.call()),
        consumers.getIfAvailable(() -> DefaultMQPushConsumer::new),
        outbox.redelivery().backoff());
  }

  @Bean
  @ConditionalOnMissingBean(name = "tccRocketMqCarrierLifecycle")
  BrokerLifecycle tccRocketMqCarrierLifecycle(
      RocketMqReceiver receiver, Carriers carriers, Inbox inbox, Topics topics) {
    return new BrokerLifecycle(NAME, receiver, carriers, inbox, topics);
  }

  private static RocketMqSettings settings(
      TccProperties properties, Instance instance, Duration limit) {
    String service = instance.site().service();
    return new RocketMqSettings(
        properties.rocketmq().nameServer(),
        // Not that of transactional messages: the broker asks its members about half messages.
        "tcc-mail-" + service.replace('.', '-'),
        instance.name(),
        limit);
  }
}
