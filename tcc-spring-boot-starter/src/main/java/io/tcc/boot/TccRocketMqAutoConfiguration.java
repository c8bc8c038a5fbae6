package io.tcc.boot;

import io.tcc.context.TransactionContext;
import io.tcc.log.HalfMessageLog;
import io.tcc.log.LocalTransactions;
import io.tcc.log.jdbc.JdbcHalfMessageLog;
import io.tcc.protocol.message.Broker;
import io.tcc.protocol.message.MessageLimits;
import io.tcc.protocol.message.Redelivery;
import io.tcc.protocol.message.TransactionalMessages;
import io.tcc.transaction.Events;
import io.tcc.transaction.Instance;
import io.tcc.transaction.TransactionListener;
import io.tcc.transport.rocketmq.ProducerFactory;
import io.tcc.transport.rocketmq.RocketMqBroker;
import io.tcc.transport.rocketmq.RocketMqSettings;
import io.tcc.wiring.LogDataSource;
import io.tcc.wiring.RedeliveryLoop;
import io.tcc.wiring.TransactionSystem;
import java.util.List;
import java.util.concurrent.Executor;
import java.util.function.Supplier;
import org.apache.rocketmq.client.producer.TransactionMQProducer;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.beans.factory.annotation.Qualifier;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBooleanProperty;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.autoconfigure.condition.ConditionalOnExpression;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.context.annotation.Bean;
import org.springframework.util.function.SingletonSupplier;

/**
 * Transactional messages, where the application has RocketMQ's client and says where its name
 * servers are. Each bean backs off where the application defines its own.
 */
@AutoConfiguration(after = TccAutoConfiguration.class)
@ConditionalOnClass(TransactionMQProducer.class)
@ConditionalOnBooleanProperty(name = "tcc.enabled", matchIfMissing = true)
// An empty one is none.
@ConditionalOnExpression("!'${tcc.rocketmq.name-server:}'.isEmpty()")
public class TccRocketMqAutoConfiguration {

  @Bean
  @ConditionalOnMissingBean
  HalfMessageLog tccHalfMessageLog(LogDataSource log, TccProperties properties, Instance instance) {
    return new JdbcHalfMessageLog(log.dataSource(), properties.jdbc().tables(), instance.clock());
  }

  @Bean
  @ConditionalOnMissingBean
  MessageLimits tccMessageLimits(TccProperties properties) {
    return properties.messageLimits();
  }

  @Bean
  @ConditionalOnMissingBean(Broker.class)
  RocketMqBroker tccBroker(
      TccProperties properties, Instance instance, ObjectProvider<ProducerFactory> producers) {
    return new RocketMqBroker(
        new RocketMqSettings(
            properties.rocketmq().nameServer(),
            properties.rocketmq().groupOf(instance.site().service()),
            instance.name(),
            properties.rocketmq().sendTimeout()),
        producers.getIfAvailable(() -> TransactionMQProducer::new));
  }

  @Bean
  @ConditionalOnMissingBean
  TransactionalMessages tccTransactionalMessages(
      Instance instance,
      TransactionContext context,
      HalfMessageLog messages,
      LocalTransactions local,
      TransactionSystem system,
      Broker broker,
      MessageLimits limits,
      ObjectProvider<TransactionListener> listeners,
      @Qualifier(TccAutoConfiguration.EXECUTOR) Executor executor) {
    return new TransactionalMessages(
        instance,
        context,
        messages,
        local,
        system.births(),
        system.handlers(),
        broker,
        limits,
        events(listeners),
        executor);
  }

  @Bean
  @ConditionalOnMissingBean
  Redelivery tccRedelivery(
      Instance instance,
      TransactionalMessages sent,
      HalfMessageLog messages,
      LocalTransactions local,
      Broker broker,
      MessageLimits limits,
      ObjectProvider<TransactionListener> listeners) {
    return new Redelivery(instance, sent, messages, local, broker, limits, events(listeners));
  }

  @Bean
  @ConditionalOnMissingBean
  RocketMqLifecycle tccRocketMqLifecycle(
      ObjectProvider<RocketMqBroker> broker, TransactionalMessages messages) {
    return new RocketMqLifecycle(broker.getIfAvailable(), messages);
  }

  @Bean
  @ConditionalOnMissingBean
  @ConditionalOnBooleanProperty(name = "tcc.recovery.enabled", matchIfMissing = true)
  RedeliveryLoop tccRedeliveryLoop(Redelivery redelivery, TccProperties properties) {
    return new RedeliveryLoop(redelivery, properties.recovery().interval());
  }

  /** Looked up at the first event, so that a listener may send messages itself. */
  private static Events events(ObjectProvider<TransactionListener> listeners) {
    Supplier<Events> events =
        SingletonSupplier.of(() -> new Events(listeners.orderedStream().toList()));
    return new Events(List.of(event -> events.get().publish(event)));
  }
}
