package io.tcc.boot;

import io.micrometer.core.instrument.MeterRegistry;
import io.tcc.context.TransactionContext;
import io.tcc.door.OutboxTemplate;
import io.tcc.log.AuditLog;
import io.tcc.log.InboxLog;
import io.tcc.log.LocalTransactions;
import io.tcc.log.MessageLog;
import io.tcc.log.PayloadCodec;
import io.tcc.log.jdbc.DatabaseClock;
import io.tcc.log.jdbc.JdbcMessageLog;
import io.tcc.protocol.outbox.Carrier;
import io.tcc.protocol.outbox.Carriers;
import io.tcc.protocol.outbox.Inbox;
import io.tcc.protocol.outbox.MessageStore;
import io.tcc.protocol.outbox.OutboxLimits;
import io.tcc.protocol.outbox.OutboxOperator;
import io.tcc.protocol.outbox.ReplyDesk;
import io.tcc.protocol.outbox.Topics;
import io.tcc.protocol.outbox.Traces;
import io.tcc.transaction.Events;
import io.tcc.transaction.Instance;
import io.tcc.transaction.TransactionListener;
import io.tcc.transport.Arrivals;
import io.tcc.transport.Refusals;
import io.tcc.transport.Signatures;
import io.tcc.transport.http.DeliveryEndpoint;
import io.tcc.transport.http.HttpPeers;
import io.tcc.transport.http.MailCarrier;
import io.tcc.transport.http.ReplyEndpoint;
import io.tcc.wiring.LogDataSource;
import io.tcc.wiring.NoCarrier;
import io.tcc.wiring.OutboxSystem;
import io.tcc.wiring.RelayLoop;
import io.tcc.wiring.TransactionSystem;
import jakarta.servlet.Servlet;
import java.security.SecureRandom;
import java.time.Clock;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Executor;
import java.util.function.Supplier;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.beans.factory.annotation.Qualifier;
import org.springframework.boot.actuate.autoconfigure.endpoint.condition.ConditionalOnAvailableEndpoint;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBooleanProperty;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnWebApplication;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.util.function.SingletonSupplier;

/**
 * The local message table, carried over HTTP where no topic chooses otherwise. Each bean backs off
 * where the application defines its own; a {@link Carrier} of its own takes the place of HTTP.
 */
@AutoConfiguration(
    after = {TccAutoConfiguration.class, TccHttpAutoConfiguration.class},
    afterName = {
      "org.springframework.boot.micrometer.metrics.autoconfigure.MetricsAutoConfiguration",
      "org.springframework.boot.micrometer.metrics.autoconfigure.CompositeMeterRegistryAutoConfiguration"
    })
@ConditionalOnBooleanProperty(
    name = {"tcc.enabled", "tcc.outbox.enabled"},
    matchIfMissing = true)
@EnableConfigurationProperties(OutboxProperties.class)
public class TccOutboxAutoConfiguration {

  @Bean
  @ConditionalOnMissingBean
  MessageLog tccMessageLog(LogDataSource log, TccProperties properties, Instance instance) {
    return new JdbcMessageLog(log.dataSource(), properties.jdbc().tables(), instance.clock());
  }

  @Bean
  @ConditionalOnMissingBean
  Topics tccTopics(OutboxProperties properties) {
    return properties.toTopics();
  }

  @Bean
  @ConditionalOnMissingBean
  OutboxLimits tccOutboxLimits(OutboxProperties properties, TccProperties engine) {
    return properties.limits(engine.callTimeout());
  }

  @Bean
  @ConditionalOnMissingBean
  Carrier tccMailCarrier(ObjectProvider<HttpPeers> peers) {
    HttpPeers http = peers.getIfAvailable();
    return http == null ? new NoCarrier() : new MailCarrier(http);
  }

  @Bean
  @ConditionalOnMissingBean
  Carriers tccCarriers(
      Carrier http, ObjectProvider<Carriers.Named> named, OutboxProperties properties) {
    Map<String, Carrier> byName = new HashMap<>(Map.of(OutboxProperties.HTTP, http));
    named.orderedStream().forEach(each -> byName.put(each.name(), each.carrier()));
    return properties.toCarriers(byName);
  }

  @Bean
  @ConditionalOnMissingBean
  Arrivals tccArrivals(
      Instance instance,
      Signatures signatures,
      Inbox inbox,
      ReplyDesk replies,
      Refusals refusals,
      OutboxLimits limits,
      OutboxProperties properties) {
    return new Arrivals(
        instance.site(),
        signatures,
        inbox,
        replies,
        refusals,
        limits.call(),
        properties.redelivery().attempts());
  }

  @Bean
  @ConditionalOnMissingBean
  OutboxSystem tccOutboxSystem(
      TransactionSystem engine,
      Instance instance,
      TransactionContext context,
      MessageLog messages,
      InboxLog inbox,
      AuditLog audit,
      LocalTransactions local,
      Topics topics,
      Carriers carriers,
      ObjectProvider<Traces> traces,
      OutboxLimits limits,
      @Qualifier(TccAutoConfiguration.EXECUTOR) Executor executor,
      ObjectProvider<TransactionListener> listeners) {
    // Looked up at the first event, so that a listener may store messages itself.
    Supplier<Events> events =
        SingletonSupplier.of(() -> new Events(listeners.orderedStream().toList()));
    SecureRandom random = new SecureRandom();
    return new OutboxSystem(
        engine,
        new OutboxSystem.Ports(
            instance,
            context,
            messages,
            inbox,
            audit,
            local,
            topics,
            carriers,
            traces.getIfAvailable(() -> Traces.NONE),
            limits,
            executor,
            random::nextDouble,
            List.of(event -> events.get().publish(event))));
  }

  @Bean
  @ConditionalOnMissingBean
  MessageStore tccMessageStore(OutboxSystem system) {
    return system.store();
  }

  @Bean
  @ConditionalOnMissingBean
  Inbox tccInbox(OutboxSystem system) {
    return system.inbox();
  }

  @Bean
  @ConditionalOnMissingBean
  ReplyDesk tccReplyDesk(OutboxSystem system) {
    return system.replies();
  }

  /** Where calls are served. */
  @Configuration(proxyBeanMethods = false)
  @ConditionalOnClass(Servlet.class)
  @ConditionalOnWebApplication(type = ConditionalOnWebApplication.Type.SERVLET)
  static class Server {

    @Bean
    @ConditionalOnMissingBean
    DeliveryEndpoint tccDeliveryEndpoint(Inbox inbox) {
      return new DeliveryEndpoint(inbox);
    }

    @Bean
    @ConditionalOnMissingBean
    ReplyEndpoint tccReplyEndpoint(ReplyDesk desk) {
      return new ReplyEndpoint(desk);
    }
  }

  @Bean
  @ConditionalOnMissingBean
  OutboxOperator tccOutboxOperator(OutboxSystem system) {
    return system.operator();
  }

  @Bean
  @ConditionalOnMissingBean
  OutboxTemplate outboxTemplate(MessageStore store, PayloadCodec codec) {
    return new OutboxTemplate(store, codec);
  }

  @Bean
  @ConditionalOnMissingBean
  @ConditionalOnBooleanProperty(name = "tcc.outbox.relay.enabled", matchIfMissing = true)
  RelayLoop tccRelayLoop(
      OutboxSystem system,
      OutboxProperties properties,
      @Qualifier(TccAutoConfiguration.CLOCK) Clock clock) {
    Runnable synchronize =
        clock instanceof DatabaseClock databaseClock ? databaseClock::synchronize : () -> {};
    RelayLoop loop =
        new RelayLoop(system.relay()::start, synchronize, properties.relay().interval());
    system.whenStored(loop::wake);
    return loop;
  }

  /** The actuator endpoint, where the application has the actuator and exposes it. */
  @Configuration(proxyBeanMethods = false)
  @ConditionalOnClass(ConditionalOnAvailableEndpoint.class)
  @ConditionalOnAvailableEndpoint(endpoint = OutboxEndpoint.class)
  static class Actuator {

    @Bean
    @ConditionalOnMissingBean
    OutboxEndpoint tccOutboxEndpoint(OutboxOperator operator) {
      return new OutboxEndpoint(operator);
    }
  }

  /** Metrics, where the application has a meter registry. */
  @Configuration(proxyBeanMethods = false)
  @ConditionalOnClass(MeterRegistry.class)
  @ConditionalOnBean(MeterRegistry.class)
  static class Metrics {

    @Bean
    @ConditionalOnMissingBean
    OutboxMetrics tccOutboxMetrics(
        MeterRegistry registry,
        OutboxOperator operator,
        Instance instance,
        @Qualifier(TccAutoConfiguration.EXECUTOR) Executor executor) {
      return new OutboxMetrics(
          registry, new Sample<>(operator::size, instance.clock(), executor), instance.clock());
    }
  }
}
